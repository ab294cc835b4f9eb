/** The kill switch: one action on every page, confirmed by a typed word or a held button, and answered by the desk's own decision. */
import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { type CommandAnswer, command } from '../api.ts';
import { useLine } from '../live/live.ts';
import { reaches, useWho } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Failed } from '../ui/states.tsx';
import { useActions } from './actions.ts';

const WORD = 'KILL';
const HOLD_MS = 1_200;

export function useKillSwitch(): Readonly<{ open: () => void; dialog: ReactNode }> {
  const [asked, setAsked] = useState(false);
  useActions([
    {
      ...{ id: 'kill', name: 'Kill: cancel everything, let nothing leave', group: 'Safety', keys: 'Shift+k', words: 'stop emergency halt' },
      run: () => setAsked(true),
    },
  ]);
  return { open: () => setAsked(true), dialog: asked ? <Kill close={() => setAsked(false)} /> : null };
}

function Kill({ close }: Readonly<{ close: () => void }>) {
  const who = useWho();
  const { mode } = useLine();
  const [typed, setTyped] = useState('');
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [answer, setAnswer] = useState<CommandAnswer | null>(null);
  const may = reaches(who.role, 'trader');
  const go = (): void => {
    if (busy) return;
    setBusy(true);
    setError(null);
    command('kill', { why: why.trim() === '' ? 'by hand, at the dashboard' : why.trim() })
      .then(setAnswer, setError)
      .finally(() => setBusy(false));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim().toUpperCase() === WORD) go();
  };
  if (answer !== null) return <Answered answer={answer} close={close} />;
  return (
    <Dialog title={`Kill ${mode ?? ''} ${who.desk ?? 'this desk'}`} tone="danger" close={close}>
      <p className="mb-3 text-dim">
        Every working order is cancelled and none may leave, in every account of this desk. Positions stay as they are. An admin lifts it by
        disarming, and then arms anew.
      </p>
      {may ? (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field
            label={`Type ${WORD} and press Enter`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="characters"
            data-begin
            className="figure uppercase"
          />
          <Field
            label="Why (it is recorded)"
            value={why}
            onChange={(event) => setWhy(event.target.value)}
            placeholder="by hand, at the dashboard"
            maxLength={200}
          />
          {error === null ? null : <Failed error={error} again={go} />}
          <div className="flex flex-wrap items-center justify-end gap-2">
            <Button look="quiet" onClick={close}>
              Leave it
            </Button>
            <HoldButton done={go} disabled={busy} />
            <Button look="danger" type="submit" disabled={busy || typed.trim().toUpperCase() !== WORD}>
              {busy ? 'Killing …' : 'Kill now'}
            </Button>
          </div>
        </form>
      ) : (
        <>
          <p role="alert">
            You look on as {who.role ?? 'nobody'}: killing takes a trader. Whoever is at the machine can always do it:{' '}
            <code className="figure">npx retrace kill</code>
          </p>
          <Button className="mt-3" onClick={close}>
            Close
          </Button>
        </>
      )}
    </Dialog>
  );
}

/** For a hand that has no keyboard: held down as long as the bar takes. */
function HoldButton({ done, disabled }: Readonly<{ done: () => void; disabled: boolean }>) {
  const [held, setHeld] = useState(false);
  const newest = useRef(done);
  newest.current = done;
  useEffect(() => {
    if (!held) return;
    const timer = window.setTimeout(() => {
      setHeld(false);
      newest.current();
    }, HOLD_MS);
    return () => window.clearTimeout(timer);
  }, [held]);
  const off = () => setHeld(false);
  const space = (key: string) => key === ' ' || key === 'Enter';
  return (
    <button
      type="button"
      disabled={disabled}
      onPointerDown={() => setHeld(true)}
      onPointerUp={off}
      onPointerLeave={off}
      onPointerCancel={off}
      onBlur={off}
      onKeyDown={({ key, repeat }) => {
        if (space(key) && !repeat) setHeld(true);
      }}
      onKeyUp={({ key }) => {
        if (space(key)) off();
      }}
      onContextMenu={(event) => event.preventDefault()}
      className="relative h-8 touch-none overflow-hidden rounded-[5px] border border-danger px-3 text-sm select-none disabled:opacity-55"
    >
      <span
        aria-hidden
        className={`absolute inset-0 bg-danger/60 ${held ? 'holds scale-x-100' : 'scale-x-0'}`}
        style={{ transformOrigin: 'left' }}
      />
      <span className="relative">Hold to kill</span>
    </button>
  );
}

function Answered({ answer, close }: Readonly<{ answer: CommandAnswer; close: () => void }>) {
  return (
    <Dialog
      title={!answer.ok ? 'The desk says no' : answer.durable ? 'Killed' : 'Killed, and not on the disk yet'}
      tone="danger"
      close={close}
    >
      {answer.ok && !answer.durable ? (
        <p className="mb-2 text-danger">
          The journal does not keep up, so the desk's own cancels wait for it. Make sure at the machine: <code>npx retrace kill</code>
        </p>
      ) : null}
      <p role="status">{answer.text || answer.why}</p>
      {answer.address === null ? null : (
        <p className="mt-1 text-xs text-faint">
          decision <span className="figure">{answer.address}</span>
        </p>
      )}
      <div className="mt-3 flex justify-end gap-2">
        <Link to="/" hash="gate" onClick={close} className="inline-flex h-8 items-center rounded-[5px] border border-line bg-raised px-3">
          See the gate
        </Link>
        <Button look="main" data-begin onClick={close}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
