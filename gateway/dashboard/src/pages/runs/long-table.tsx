/** A table that may be very long: only the rows in sight are drawn, and the next page is asked for when its end comes near. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';

export type LongColumn<Row> = Readonly<{ name: string; width: string; right?: boolean; cell: (row: Row) => ReactNode }>;

type Props<Row> = Readonly<{
  label: string;
  columns: readonly LongColumn<Row>[];
  rows: readonly Row[];
  /** Of all pages. */
  total: number;
  keyOf: (row: Row) => string;
  /** Null: that was all, or it is asked for already. */
  more: (() => void) | null;
}>;

const ROW_PX = 28;
/** Rows from the end at which the next page is asked for. */
const AHEAD = 60;

export function LongTable<Row>({ label, columns, rows, total, keyOf, more }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 16,
    getItemKey: (index) => keyOf(rows[index]!),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== null && last >= rows.length - AHEAD) more();
  }, [more, last, rows.length]);
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const cellOf = ({ right }: LongColumn<Row>) => `truncate px-2 ${right === true ? 'text-right' : 'text-left'}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section ref={box} className="max-h-96 overflow-auto" aria-label={`${label}, table`} tabIndex={0}>
      {/* rows that are not drawn are counted all the same */}
      <table aria-rowcount={total + 1} className="w-full min-w-[46rem] table-fixed border-collapse text-sm">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                style={{ width: column.width }}
                className={`sticky top-0 z-1 bg-panel py-1.5 text-2xs font-medium text-faint ${cellOf(column)}`}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 ? <Space height={above} columns={columns.length} /> : null}
          {items.map(({ key, index }) => (
            <tr
              key={key}
              aria-rowindex={index + 2}
              data-row={String(key)}
              className="border-t border-line/60 hover:bg-raised/60"
              style={{ height: ROW_PX }}
            >
              {columns.map((column) => (
                <td key={column.name} className={cellOf(column)}>
                  {column.cell(rows[index]!)}
                </td>
              ))}
            </tr>
          ))}
          {below > 0 ? <Space height={below} columns={columns.length} /> : null}
        </tbody>
      </table>
    </section>
  );
}

/** In place of rows that are out of sight. */
const Space = ({ height, columns }: Readonly<{ height: number; columns: number }>) => (
  <tr aria-hidden>
    <td colSpan={columns} style={{ height, padding: 0 }} />
  </tr>
);
