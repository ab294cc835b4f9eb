/** Whether orders may leave, scope by scope: every reason why not, since when, and what lifts it, with the command beside it where a person does. */
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLine, useRows } from '../../live/live.ts';
import type { Told } from '../../live/store.ts';
import { State, spaced } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Since } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { GateCommand, type GateOffer, offersOf } from './gate-command.tsx';

type Row = RowOf<'gate'>;

export function Gate() {
  const gate = useRows('gate'); // whatever is pointed at: what may leave is never told late
  const [all, setAll] = useState(false);
  const [offer, setOffer] = useState<GateOffer | null>(null);
  const open = gate.rows.filter(({ row }) => row.state === 'OPEN');
  const shut = gate.rows.filter(({ row }) => row.state !== 'OPEN');
  return (
    <Panel
      title="Gate"
      {...(gate.known ? { count: shut.length === 0 ? 'all open' : `${shut.length} of ${gate.rows.length} held` } : {})}
      tools={
        <Button small look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Only what is held' : 'Every scope'}
        </Button>
      }
      className="scroll-mt-2"
    >
      <div id="gate" />
      <Rows of={gate} empty={<Empty title="No scope is known yet." />}>
        {() =>
          shut.length === 0 && !all ? (
            <p className="flex items-center gap-2 px-3 py-2.5 text-dim">
              <ShieldCheck aria-hidden className="size-4 text-good" />
              Every scope is open: orders may leave.
            </p>
          ) : (
            <ul>
              {[...shut, ...(all ? open : [])].map((told) => (
                <Scope key={told.key} told={told} ask={setOffer} />
              ))}
            </ul>
          )
        }
      </Rows>
      {offer === null ? null : <GateCommand offer={offer} close={() => setOffer(null)} />}
    </Panel>
  );
}

function Scope({ told: { row }, ask }: Readonly<{ told: Told<Row>; ask: (offer: GateOffer) => void }>) {
  const { mode } = useLine();
  const offers = mode === 'REPLAY' ? [] : offersOf(row); // what is recorded is not commanded
  return (
    <li className="border-t border-line/60 px-3 py-1.5 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <State of={row.state} />
        <span className="text-xs text-faint">{row.scope}</span>
        <span className="font-medium">{row.scope === 'global' ? 'everything' : row.of}</span>
        <span className="ml-auto flex gap-1">
          {offers.map((offer) => (
            <Button small key={offer.name} onClick={() => ask(offer)}>
              {offer.name} …
            </Button>
          ))}
        </span>
      </div>
      {row.reasons.map((reason) => (
        <p key={reason.cause + reason.of} className="mt-0.5 text-xs">
          <span className="text-ink">{spaced(reason.cause).replaceAll('-', ' ')}</span>
          {reason.of === '' || reason.of === row.of ? null : <span className="text-dim"> of {reason.of}</span>}
          <span className="text-faint">
            {' '}
            makes {spaced(reason.makes)} · <Since us={reason.since} /> · {reason.lifts}
          </span>
        </p>
      ))}
      {row.lifts === null ? null : <p className="mt-0.5 text-xs text-dim">{row.lifts}</p>}
    </li>
  );
}
