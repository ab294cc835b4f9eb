/** A plain table with a head that stays: for what is short enough to be drawn whole. */
import type { ReactNode } from 'react';

export type Column<Row> = Readonly<{
  name: string;
  /** Its name is heard and not seen: what stands in it says it. */
  unnamed?: boolean;
  /** Of figures: they stand under each other. */
  right?: boolean;
  /** Left out where the page is as narrow as a phone. */
  wide?: boolean;
  cell: (row: Row) => ReactNode;
}>;

type Props<Row> = Readonly<{
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  chosen?: string | null;
  choose?: (row: Row) => void;
}>;

export function Table<Row>({ label, columns, rows, keyOf, chosen = null, choose }: Props<Row>) {
  const classOf = ({ right, wide }: Column<Row>) =>
    `px-3 ${right === true ? 'text-right' : 'text-left'} ${wide === true ? 'max-sm:hidden' : ''}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section className="max-h-full overflow-auto" aria-label={`${label}, table`} tabIndex={0}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={`sticky top-0 bg-panel py-1.5 text-2xs font-medium whitespace-nowrap text-faint ${classOf(column)}`}
              >
                {column.unnamed === true ? <span className="sr-only">{column.name}</span> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row);
            return (
              <tr
                key={key}
                data-row={key}
                aria-selected={chosen === null ? undefined : chosen === key}
                onClick={choose === undefined ? undefined : () => choose(row)}
                className={`border-t border-line/60 hover:bg-raised/60 ${choose === undefined ? '' : 'cursor-pointer'} ${chosen === key ? 'bg-raised' : ''}`}
              >
                {columns.map((column) => (
                  <td key={column.name} className={`py-1 align-baseline ${classOf(column)}`}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
