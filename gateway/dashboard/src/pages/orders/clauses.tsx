/** Why an order was not let out, in place: every clause with the numbers it compared, those that failed first. */
import { useQuery } from '@tanstack/react-query';
import { Check, X } from 'lucide-react';
import type { RestRefusal } from '#gateway/contracts/rest-journal.ts';
import { api } from '../../api.ts';
import { type Instrument, pathOf, type Refusals } from '../../asked.ts';
import { Failed, Loading } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';

const TRIES = 8;
const BETWEEN_MS = 350;

/** The reading of the journal follows the desk by a moment: it is asked for until it is there, and no longer than that. */
async function refusalAt(address: string, of: Pick<Instrument, 'instrument'>, signal: AbortSignal): Promise<RestRefusal> {
  for (let tries = 1; ; tries++) {
    const { items } = await api<Refusals>('GET', pathOf('/api/v1/refusals', { instrument: of.instrument, limit: 50 }), { signal });
    const found = items.find((one) => one.address === address);
    if (found !== undefined) return found;
    if (tries === TRIES) throw new Error(`the journal does not tell of ${address} yet; its reasons are on the page Explain`);
    await new Promise((done) => window.setTimeout(done, BETWEEN_MS));
  }
}

export function RefusedBy({ address, instrument }: Readonly<{ address: string; instrument: string }>) {
  const asked = useQuery({
    queryKey: ['refusal', address],
    queryFn: ({ signal }) => refusalAt(address, { instrument }, signal),
    retry: false,
  });
  return (
    <div className="flex flex-col gap-2">
      {asked.data === undefined ? (
        asked.error === null ? (
          <Loading lines={4} what="Reading why" />
        ) : (
          <Failed error={asked.error} />
        )
      ) : (
        <Clauses of={asked.data.clauses} />
      )}
      <p>
        <WhyLink of={address}>Why, down to the tick</WhyLink>
      </p>
    </div>
  );
}

export function Clauses({ of }: Readonly<{ of: RestRefusal['clauses'] }>) {
  return (
    <ul className="flex flex-col gap-1" aria-label="Clauses">
      {of.map(({ clause, ok, numbers, text }) => (
        <li
          key={`${clause} ${text}`}
          data-clause={clause}
          data-ok={ok}
          className={`flex gap-2 rounded-[5px] px-2 py-1 ${ok ? 'text-dim' : 'bg-stop/10'}`}
        >
          {ok ? (
            <Check aria-hidden className="mt-0.5 size-3.5 shrink-0 text-good" />
          ) : (
            <X aria-hidden className="mt-0.5 size-3.5 shrink-0 text-stop" />
          )}
          <div className="min-w-0">
            <p className="break-words">
              <span className={`font-semibold ${ok ? '' : 'text-stop'}`}>{clause}</span>{' '}
              <span className="sr-only">{ok ? 'passed' : 'failed'}</span> {text}
            </p>
            {ok || numbers.length === 0 ? null : <Numbers of={numbers} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** As they were compared: whole steps of tick and lot, whole minor units of money, µs. */
export const Numbers = ({ of }: Readonly<{ of: readonly (readonly [string, unknown])[] }>) => (
  <dl className="mt-0.5 flex flex-wrap gap-x-3 gap-y-0.5 text-2xs text-faint">
    {of.map(([name, value]) => (
      <div key={name} className="flex gap-1">
        <dt>{name}</dt>
        <dd className="figure">{String(value)}</dd>
      </div>
    ))}
  </dl>
);
