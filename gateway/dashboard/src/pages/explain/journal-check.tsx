/** The block of the journal behind a step, fetched and checked here: its bytes, its checksums, and the chain from it to the newest block. */
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { type Frames, type JournalSaid, pathOf } from '../../asked.ts';
import { Button } from '../../ui/button.tsx';
import { bytesText } from '../../ui/facts.tsx';
import { Failed } from '../../ui/states.tsx';
import { checkOn, WALK_BEGINS, type Walk } from './chain-check.ts';

type State =
  | Readonly<{ is: 'idle' }>
  | Readonly<{ is: 'walking'; walk: Walk; to: number }>
  | Readonly<{ is: 'reached'; walk: Walk; head: string; frame: Frames['items'][number] }>
  | Readonly<{ is: 'paused'; walk: Walk; head: string; next: number; to: number; frame: Frames['items'][number] }>
  | Readonly<{ is: 'wrong'; why: string }>
  | Readonly<{ is: 'failed'; error: unknown }>;

const AT_ONCE = 300;
/** Beyond it a person says whether to go on. */
const MOST_BYTES = 6_000_000;

export function JournalCheck({ number }: Readonly<{ number: number }>) {
  const [state, setState] = useState<State>({ is: 'idle' });
  const leaving = useRef<AbortController | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another number begins anew
  useEffect(() => {
    setState({ is: 'idle' });
    return () => leaving.current?.abort();
  }, [number]);
  const walk = async (from: number, before: Walk, known: string | null, first: Frames['items'][number] | null): Promise<void> => {
    leaving.current?.abort();
    const { signal } = (leaving.current = new AbortController());
    try {
      const { head, seq } = known === null ? await api<JournalSaid>('GET', '/api/v1/journal', { signal }) : { head: known, seq: 0 };
      let [now, next, frame] = [before, from as number | null, first];
      const until = before.bytes + MOST_BYTES;
      while (next !== null) {
        setState({ is: 'walking', walk: now, to: seq });
        const said: Frames = await api<Frames>('GET', pathOf(`/api/v1/journal/${next}`, { frames: AT_ONCE }), { signal });
        frame ??= said.items[0] ?? null;
        const on = await checkOn(now, said.items, head);
        if (signal.aborted) return;
        if ('why' in on) return setState({ is: 'wrong', why: on.why });
        if (frame === null) return setState({ is: 'wrong', why: `the journal sends no block for number ${number}` });
        if (on.reached) return setState({ is: 'reached', walk: on, head, frame });
        now = on;
        next = said.next;
        if (next !== null && now.bytes > until) return setState({ is: 'paused', walk: now, head, next, to: seq, frame });
      }
      setState({ is: 'wrong', why: 'the chain ended before the hash that the journal says is its newest' });
    } catch (error) {
      if (!signal.aborted) setState({ is: 'failed', error });
    }
  };
  const begin = (): void => void walk(number, WALK_BEGINS, null, null);
  if (!globalThis.isSecureContext)
    return <p className="p-3 text-xs text-dim">Checking takes a page that was fetched safely: over https, or from this machine.</p>;
  return (
    <div className="flex flex-col gap-2 p-3" data-check={state.is}>
      {state.is === 'idle' ? (
        <>
          <p className="text-xs text-dim">
            Fetches the block that holds number <span className="figure">{number}</span> and every one behind it, and computes checksums and
            the chain of hashes in this browser.
          </p>
          <Button className="self-start" onClick={begin}>
            Check the bytes
          </Button>
        </>
      ) : null}
      {state.is === 'walking' ? (
        <p role="status" className="text-dim">
          Checking … {state.walk.frames} blocks, {bytesText(state.walk.bytes)}
          {state.walk.last === 0 ? '' : `, at number ${state.walk.last}`}
        </p>
      ) : null}
      {state.is === 'reached' || state.is === 'paused' ? (
        <div role="status" className="flex gap-2 rounded-[5px] bg-good/10 p-2">
          <ShieldCheck aria-hidden className="mt-px size-4 shrink-0 text-good" />
          <div className="min-w-0">
            <p className="font-medium">Checked: these bytes are what the journal’s chain says.</p>
            <p className="text-xs text-dim">
              {state.walk.frames} blocks, {bytesText(state.walk.bytes)}, from number {state.frame.first}{' '}
              {state.is === 'reached'
                ? 'to the newest, whose hash is the one the journal says'
                : `up to number ${state.walk.last}; the chain goes on to ${state.to}`}
              .
            </p>
            <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 text-2xs text-faint">
              <dt>block</dt>
              <dd className="figure truncate">
                {state.frame.kind}, {state.frame.count} numbers from {state.frame.first}, {bytesText(state.frame.length)}
              </dd>
              <dt>its hash</dt>
              <dd className="figure truncate" title={state.frame.hash}>
                {state.frame.hash}
              </dd>
              <dt>newest hash</dt>
              <dd className="figure truncate" title={state.head}>
                {state.head}
              </dd>
            </dl>
            {state.is === 'paused' ? (
              <Button small className="mt-2" onClick={() => void walk(state.next, state.walk, state.head, state.frame)}>
                Go on to the newest
              </Button>
            ) : null}
          </div>
        </div>
      ) : null}
      {state.is === 'wrong' ? (
        <div role="alert" className="flex gap-2 rounded-[5px] border border-stop bg-stop/10 p-2">
          <ShieldAlert aria-hidden className="mt-px size-4 shrink-0 text-stop" />
          <div>
            <p className="font-semibold text-stop">Not what the chain says</p>
            <p className="break-words">{state.why}.</p>
            <p className="mt-1 text-xs">
              What to do: check the journal at its machine, <code className="figure">npx retrace verify</code>
            </p>
          </div>
        </div>
      ) : null}
      {state.is === 'failed' ? <Failed error={state.error} again={begin} /> : null}
    </div>
  );
}
