/** The commands that move a gate, each asked for once more before it is sent, and answered by the desk's decision. */
import { useState } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { type CommandAnswer, command } from '../../api.ts';
import { type Role, reaches, useWho } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';

export type GateOffer = Readonly<{
  name: string;
  asks: string;
  least: Role;
  command: string /** At a terminal, where it takes more. */;
  typed?: string;
  body: Readonly<Record<string, unknown>>;
}>;

/** What a person can do about it. What lifts by itself is not offered. */
export function offersOf({ scope, of, state, reasons, killedAt }: RowOf<'gate'>): GateOffer[] {
  const where = scope === 'global' ? 'everything' : `${scope} ${of}`;
  const offers: GateOffer[] = [];
  if (state === 'KILLED' && killedAt !== null)
    offers.push({
      ...{ name: 'Disarm', asks: `The kill at number ${killedAt} is over. Nothing leaves until it is armed anew.`, least: 'admin' },
      ...{ command: 'disarm', typed: `disarm --kill ${killedAt}`, body: { killedAt } },
    });
  if (state === 'ARMED')
    offers.push({ name: 'Arm', asks: `Orders of ${where} may leave again.`, least: 'admin', command: 'arm', body: { scope, of } });
  if (state === 'HALTED')
    offers.push({
      name: 'Acknowledge',
      asks: `You have seen why ${where} was halted.`,
      least: 'admin',
      command: 'ack',
      body: { scope, of },
    });
  if (scope === 'strategy' && reasons.some(({ cause }) => cause === 'paused'))
    offers.push({ name: 'Resume', asks: `${of} may trade again.`, least: 'admin', command: 'resume', body: { strategy: of } });
  if (scope === 'strategy' && state === 'OPEN')
    offers.push({
      name: 'Pause',
      asks: `${of} opens nothing new; what it holds stays.`,
      least: 'trader',
      command: 'pause',
      body: { strategy: of },
    });
  return offers;
}

export function GateCommand({ offer, close }: Readonly<{ offer: GateOffer; close: () => void }>) {
  const who = useWho();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [answer, setAnswer] = useState<CommandAnswer | null>(null);
  const may = reaches(who.role, offer.least);
  const go = (): void => {
    setBusy(true);
    setError(null);
    command(offer.command, offer.body)
      .then(setAnswer, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title={answer === null ? `${offer.name}?` : answer.ok ? 'Done' : 'The desk says no'} close={close}>
      <p className="text-dim" role={answer === null ? undefined : 'status'}>
        {answer === null ? offer.asks : answer.text || answer.why}
      </p>
      {may ? null : (
        <p className="mt-2">
          It takes {offer.least === 'admin' ? 'an admin' : 'a trader'}; you are {who.role ?? 'nobody'}. At the machine:{' '}
          <code className="figure">npx retrace {offer.typed ?? offer.command}</code>
        </p>
      )}
      {error === null ? null : (
        <div className="mt-2">
          <Failed error={error} />
        </div>
      )}
      <div className="mt-3 flex justify-end gap-2">
        <Button look={answer === null ? 'quiet' : 'main'} onClick={close}>
          {answer === null ? 'Leave it' : 'Close'}
        </Button>
        {answer === null ? (
          <Button
            look="main"
            data-begin
            disabled={busy}
            blocked={may ? null : offer.least === 'admin' ? 'it takes an admin' : 'it takes a trader'}
            onClick={go}
          >
            {offer.name}
          </Button>
        ) : null}
      </div>
    </Dialog>
  );
}
