/** Trades as they were heard, the newest first. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import type { Picture } from '../../live/store.ts';
import { Figure } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';

const ROW_PX = 20;

export function Tape({ told }: Readonly<{ told: Picture<RowOf<'trades'>> }>) {
  const hold = useHold();
  const trades = hold.keep(told);
  return (
    <Panel
      title="Trades"
      hold={hold}
      {...(trades.known ? { count: trades.rows.length } : {})}
      className="min-h-48 flex-1 max-lg:h-72 max-lg:flex-none"
      bodyClass="flex flex-col"
    >
      <Rows of={trades} empty={<Empty title="No trade since this gateway began." />}>
        {(rows) => <List rows={rows} />}
      </Rows>
    </Panel>
  );
}

function List({ rows }: Readonly<{ rows: Picture<RowOf<'trades'>>['rows'] }>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 10 });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section ref={box} className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label="Trades, newest first">
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const { key, row } = rows[rows.length - 1 - index]!;
          return (
            <li
              key={key}
              className="absolute top-0 left-0 grid w-full grid-cols-[1fr_1fr_auto] gap-2 px-3 text-xs"
              style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
            >
              <span className={row.side === 'buy' ? 'text-gain' : row.side === 'sell' ? 'text-loss' : ''}>
                <span className="sr-only">{row.side ?? 'trade'} </span>
                <Figure text={row.price} />
              </span>
              <span className="text-right">
                <Figure text={row.lots} />
              </span>
              <span className="text-faint">
                <Moment us={row.at} />
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
