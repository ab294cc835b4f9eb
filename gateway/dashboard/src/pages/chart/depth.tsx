/** The order book where a source tells one, else bid and ask as they were quoted. A book with a hole in it is said to have one, and not drawn. */
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useRows } from '../../live/live.ts';
import { Figure } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Panel } from '../../ui/panel.tsx';

const SHOWN = 12;

export function Depth({ instrument }: Readonly<{ instrument: string }>) {
  const hold = useHold();
  const book = hold.keep(useRows('book', instrument)).rows[0]?.row ?? null;
  const quotes = hold.keep(useRows('quotes', instrument));
  const quote = quotes.rows[0]?.row ?? null;
  return (
    <Panel title="Depth" hold={hold} className="shrink-0" {...(book === null ? {} : { count: book.source })}>
      {book?.known === true ? (
        <Book of={book} />
      ) : (
        <>
          {quote === null || (quote.bid === null && quote.ask === null) ? (
            <p className="px-3 py-2 text-dim">{quotes.known ? 'No quote yet.' : 'Listening …'}</p>
          ) : (
            <dl className="grid grid-cols-[auto_1fr_1fr] gap-x-3 px-3 py-1.5">
              {(['ask', 'bid'] as const).map((side) => (
                <div key={side} className="col-span-3 grid grid-cols-subgrid">
                  <dt className="text-faint">{side}</dt>
                  <dd className={`text-right ${side === 'bid' ? 'text-gain' : 'text-loss'}`}>
                    <Figure text={quote[side]} />
                  </dd>
                  <dd className="text-right">
                    <Figure text={quote[side === 'bid' ? 'bidLots' : 'askLots']} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
          <p className="border-t border-line/60 px-3 py-1.5 text-xs text-faint">
            {book === null
              ? `The best prices only: no source of ${instrument} tells its book.`
              : `The book of ${book.source} is not known: it is drawn again from its next whole picture on.`}
          </p>
        </>
      )}
    </Panel>
  );
}

type Level = RowOf<'book'>['bids'][number];

function Book({ of: { bids, asks, depth } }: Readonly<{ of: RowOf<'book'> }>) {
  const [above, below] = [asks.slice(0, SHOWN), bids.slice(0, SHOWN)];
  const most = Math.max(1e-12, ...[...above, ...below].map(([, lots]) => Number(lots)));
  return (
    <div className="py-1">
      <Levels label="Asks, the best last" of={[...above].reverse()} most={most} tone="loss" />
      <div aria-hidden className="my-0.5 border-t border-dashed border-edge" />
      <Levels label="Bids, the best first" of={below} most={most} tone="gain" />
      <p className="px-3 pt-1 text-2xs text-faint">
        {depth.asks} asks and {depth.bids} bids are held; the bars are of lots.
      </p>
    </div>
  );
}

const Levels = ({ label, of, most, tone }: Readonly<{ label: string; of: readonly Level[]; most: number; tone: 'gain' | 'loss' }>) => (
  <ol aria-label={label}>
    {of.map(([price, lots]) => (
      <li key={price} className="relative flex justify-between px-3 text-xs leading-5">
        <span
          aria-hidden
          className={`absolute inset-y-0 right-0 ${tone === 'gain' ? 'bg-gain/14' : 'bg-loss/14'}`}
          style={{ width: `${(Number(lots) / most) * 100}%` }}
        />
        <span className={`relative ${tone === 'gain' ? 'text-gain' : 'text-loss'}`}>
          <Figure text={price} />
        </span>
        <span className="relative">
          <Figure text={lots} />
        </span>
      </li>
    ))}
  </ol>
);
