/** Asks what a branch changes from the clock on, and has it made. */
import { Plus, X } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import type { ReplayForked, ReplayPosition } from '#gateway/contracts/replays.ts';
import type { RestStrategyDetail } from '#gateway/contracts/rest-strategies.ts';
import { api } from '../../api.ts';
import { useAsked } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field } from '../../ui/field.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Failed } from '../../ui/states.tsx';
import { CHANGES, type ChangeKind, type ChangeRow, changeOf, LIMITS, NAMED, VALUE } from './fork-change.ts';

type Props = Readonly<{ replay: string; at: ReplayPosition; close: () => void; made: (forked: ReplayForked) => void }>;

const EMPTY = { kind: 'parameter', name: '', value: '' } as const;

export function Fork({ replay, at, close, made }: Props) {
  const names = useId();
  const system = useRows('system').rows.map(({ row }) => row);
  const strategies = system.flatMap((row) => (row.what === 'strategy' ? [row] : []));
  const accounts = useRows('equity').rows.map(({ row }) => row.account);
  const instruments = useRows('quotes').rows.map(({ row }) => row.instrument);
  const [of, setOf] = useState('');
  const [account, setAccount] = useState('');
  const [rows, setRows] = useState<readonly ChangeRow[]>([{ id: 0, ...EMPTY }]);
  const [next, setNext] = useState(1);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const meant = strategies.find(({ id }) => id === of) ?? strategies[0];
  const about = useAsked<RestStrategyDetail>(meant === undefined ? null : `/api/v1/strategies/${meant.name}`);
  const parameters = Object.keys(about.data?.parameters ?? {});
  const set = (id: number, change: Partial<ChangeRow>): void => {
    setRows(rows.map((row) => (row.id === id ? { ...row, ...change } : row)));
    setFault(null);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const asked = changeOf(rows, { of, account });
    if ('fault' in asked) {
      setFault(asked.fault);
      return;
    }
    setBusy(true);
    setError(null);
    api<ReplayForked>('POST', `/api/v1/replays/${replay}/fork`, { body: { change: { ...asked.change, at: at.seq } } })
      .then(made, setError)
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title="What would have been different?" close={close} wide>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <p className="text-dim">
          Up to number <span className="figure">{at.seq}</span>, <Moment us={at.at} date />, everything stays as it was. From there on a
          branch is played with this changed:
        </p>
        <datalist id={`${names}parameter`}>
          {parameters.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <datalist id={`${names}limit`}>
          {LIMITS.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        {rows.map((row) => (
          <div key={row.id} className="grid grid-cols-[repeat(3,minmax(0,1fr))_auto] items-end gap-2 max-sm:grid-cols-1">
            <Choice label="What" value={row.kind} onChange={({ target }) => set(row.id, { kind: target.value as ChangeKind, name: '' })}>
              {CHANGES.map((kind) => (
                <option key={kind} value={kind}>
                  {kind}
                </option>
              ))}
            </Choice>
            {NAMED[row.kind] === undefined ? (
              <span />
            ) : (
              <Field
                label={NAMED[row.kind]!}
                value={row.name}
                onChange={({ target }) => set(row.id, { name: target.value })}
                list={names + row.kind}
                autoComplete="off"
                placeholder={row.kind === 'limit' ? 'maxPositionLots' : (parameters[0] ?? 'slow')}
                className="figure"
              />
            )}
            <Field
              label={VALUE[row.kind].label}
              value={row.value}
              onChange={({ target }) => set(row.id, { value: target.value })}
              placeholder={VALUE[row.kind].placeholder}
              autoComplete="off"
              className="figure"
            />
            <Button
              look="quiet"
              aria-label="Leave this change out"
              disabled={rows.length === 1}
              onClick={() => setRows(rows.filter(({ id }) => id !== row.id))}
            >
              <X aria-hidden className="size-4" />
            </Button>
          </div>
        ))}
        <div>
          <Button
            small
            onClick={() => {
              setRows([...rows, { id: next, ...EMPTY }]);
              setNext(next + 1);
            }}
          >
            <Plus aria-hidden className="size-3.5" /> Another change
          </Button>
        </div>
        <div className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
          <Choice label="Only of" value={of} onChange={({ target }) => setOf(target.value)}>
            <option value="">everything it can mean</option>
            {[...new Set([...strategies.map(({ id }) => id), ...accounts, ...instruments])].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </Choice>
          {accounts.length < 2 ? null : (
            <Choice label="Whose money is told" value={account} onChange={({ target }) => setAccount(target.value)}>
              <option value="">the first one's</option>
              {accounts.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Choice>
          )}
        </div>
        {fault === null ? null : (
          <p role="alert" className="text-stop">
            {fault}
          </p>
        )}
        {error === null ? null : <Failed error={error} />}
        {busy ? (
          <p role="status" className="text-dim">
            Both are played to the end and held against each other: as long as playing the day twice …
          </p>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it
          </Button>
          <Button look="main" type="submit" disabled={busy}>
            Make the branch
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
