/** Why an order was not let out, in place: every clause with the numbers it compared, those that failed first. */
import { useQuery } from '@tanstack/react-query';
import { Check, X } from 'lucide-react';
import type { RestDecision } from '#gateway/contracts/rest-journal.ts';
import { api, Problem } from '../../api.ts';
import { Failed, Loading } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';

const TRIES = 10;
const BETWEEN_MS = 400;
type Clause = Readonly<{ clause: string; ok: boolean; numbers: readonly (readonly [string, string | number])[]; text?: string }>;

/** The reading of the journal follows the desk by a moment: it is asked for until it is there, and no longer than that. */
async function refusalAt(address: string, signal: AbortSignal): Promise<RestDecision> {
  for (let tries = 1; ; tries++) {
    try {
      return await api<RestDecision>('GET', `/api/v1/decisions/${address}`, { signal });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404 || tries === TRIES) throw error;
    }
    await new Promise((done) => window.setTimeout(done, BETWEEN_MS));
  }
}

export function RefusedBy({ address }: Readonly<{ address: string }>) {
  const asked = useQuery({ queryKey: ['refusal', address], queryFn: ({ signal }) => refusalAt(address, signal), retry: false });
  const clauses = (asked.data?.['clauses'] ?? []) as readonly Clause[];
  return (
    <div className="flex flex-col gap-2" data-refusal={address}>
      {asked.error !== null ? <Failed error={asked.error} again={() => void asked.refetch()} /> : null}
      {asked.data === undefined ? (
        asked.error === null ? (
          <Loading lines={4} what="Reading why" />
        ) : null
      ) : (
        <>
          <p className="break-words">{asked.data.said}.</p>
          <Clauses of={[...clauses].sort((a, b) => Number(a.ok) - Number(b.ok))} />
        </>
      )}
      <p>
        <WhyLink of={address}>Why, down to the tick</WhyLink>
      </p>
    </div>
  );
}

/** Without a text of its own a clause is told by its numbers, as they were compared: whole steps of tick and lot, minor units of money, µs. */
export function Clauses({ of }: Readonly<{ of: readonly Clause[] }>) {
  return (
    <ul className="flex flex-col gap-1" aria-label="Clauses">
      {of.map(({ clause, ok, numbers, text }) => (
        <li
          key={`${clause} ${String(numbers)}`}
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
              <span className={text === undefined ? '' : 'sr-only'}>{ok ? 'passed' : 'failed'}</span> {text}
            </p>
            {(ok && text !== undefined) || numbers.length === 0 ? null : <Numbers of={numbers} />}
          </div>
        </li>
      ))}
    </ul>
  );
}

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
