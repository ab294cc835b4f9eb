/** Bid and ask as they were quoted, and the book where a source sends one. Where none is told, that is said rather than drawn. */
import { useRows } from '../../live/live.ts';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';

export function Depth({ instrument }: Readonly<{ instrument: string }>) {
  const quotes = useRows('quotes', instrument);
  const row = quotes.rows[0]?.row ?? null;
  return (
    <Panel title="Depth" className="shrink-0">
      {row === null || (row.bid === null && row.ask === null) ? (
        <p className="px-3 py-2 text-dim">{quotes.known ? 'No quote yet.' : 'Listening …'}</p>
      ) : (
        <dl className="grid grid-cols-[auto_1fr_1fr] gap-x-3 px-3 py-1.5 text-sm">
          {(['ask', 'bid'] as const).map((side) => (
            <div key={side} className="col-span-3 grid grid-cols-subgrid">
              <dt className="text-faint">{side}</dt>
              <dd className={`text-right ${side === 'bid' ? 'text-gain' : 'text-loss'}`}>
                <Figure text={row[side]} />
              </dd>
              <dd className="text-right">
                <Figure text={row[side === 'bid' ? 'bidLots' : 'askLots']} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p className="border-t border-line/60 px-3 py-1.5 text-xs text-faint">
        The best prices only: this gateway tells no book of {instrument}. Levels below them are drawn when a source of it sends them.
      </p>
    </Panel>
  );
}
