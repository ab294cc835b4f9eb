/** Orders that were not let out: how often each clause refused, and the newest with every clause and its numbers. */
import { ShieldCheck } from 'lucide-react';
import { pathOf, type Refusals, usePages } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { Answer, OlderOnes, ReadAgain } from '../../ui/answers.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { useView } from '../../view.ts';
import { Clauses } from '../orders/clauses.tsx';

type Refusal = Refusals['items'][number];

const SHOWN = 50;

export function Refused() {
  const [view, change] = useView();
  const clause = view['clause'] ?? null;
  const asked = usePages<Refusal, Refusals>(pathOf('/api/v1/refusals', { clause, limit: SHOWN }), { kept: true });
  const newest = asked.data?.pages[0];
  const rows = asked.data?.pages.flatMap(({ items }) => items) ?? [];
  const byClause = newest?.counts.byClause ?? [];
  const decisions = useRows('decisions');
  const since = decisions.rows.filter(
    ({ row }) => row.type === 'OrderRefused' && row.cause > (newest?.seq ?? Number.POSITIVE_INFINITY),
  ).length;
  const most = Math.max(1, ...byClause.map(({ orders }) => orders));
  return (
    <Panel
      title="Refused"
      {...(newest === undefined
        ? {}
        : {
            count: `${newest.counts.orders} ${newest.counts.orders === 1 ? 'order' : 'orders'} of this journal, as of number ${newest.seq}`,
          })}
      bodyClass="overflow-y-auto"
      tools={<ReadAgain of={asked} since={since} />}
    >
      <Answer of={asked} lines={8} what="Reading the journal">
        {() => (
          <>
            {byClause.length === 0 ? null : (
              <section aria-label="How often each clause refused" className="border-b border-line/60 px-3 py-2">
                <ul className="flex flex-col gap-1">
                  {byClause.map(({ clause: name, orders }) => (
                    <li key={name}>
                      <button
                        type="button"
                        aria-pressed={clause === name}
                        title={clause === name ? 'show all again' : 'only these'}
                        onClick={() => change({ clause: clause === name ? null : name })}
                        className={`flex w-full items-center gap-2 rounded-[4px] px-1 text-xs hover:bg-raised ${clause === name ? 'bg-raised font-semibold' : ''}`}
                      >
                        <span className="w-24 shrink-0 text-left">{name}</span>
                        <span className="h-2 flex-1 overflow-hidden rounded-full bg-raised">
                          <span className="block h-full bg-warn" style={{ width: `${(orders / most) * 100}%` }} />
                        </span>
                        <span className="figure w-12 text-right">{orders}</span>
                      </button>
                    </li>
                  ))}
                </ul>
                <p className="mt-1 text-2xs text-faint">An order may fail by several clauses, and counts under each.</p>
              </section>
            )}
            {rows.length === 0 ? (
              <Empty icon={ShieldCheck} title={clause === null ? 'No order was refused.' : `No order was refused by ${clause}.`} />
            ) : (
              <ol aria-label="Refused orders, newest first">
                {rows.map((one) => (
                  <li key={one.address} data-address={one.address} className="border-t border-line/60 first:border-t-0">
                    <details>
                      <summary className="px-3 py-1.5">
                        <span className="text-xs text-faint">
                          <Moment us={one.at} date />{' '}
                        </span>
                        {one.said} <span className="text-xs text-faint">{one.strategy === 'none' ? 'by hand' : one.strategy}</span>
                      </summary>
                      <div className="px-3 pb-2">
                        <Clauses of={one.clauses} />
                        <p className="mt-1 text-xs text-faint">
                          Its causes: <WhyLink of={one.address} />
                        </p>
                      </div>
                    </details>
                  </li>
                ))}
              </ol>
            )}
            <OlderOnes of={asked} />
          </>
        )}
      </Answer>
    </Panel>
  );
}
