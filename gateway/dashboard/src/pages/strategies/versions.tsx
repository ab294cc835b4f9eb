/** All versions of a name: what differs between two, an old one taken up again as text, and one that nothing names taken away. */
import { lazy, Suspense, useMemo, useState } from 'react';
import type { RestStrategy, RestStrategyDetail } from '#gateway/contracts/rest-strategies.ts';
import { api } from '../../api.ts';
import { reaches, useWho } from '../../session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice } from '../../ui/field.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { toast } from '../../ui/toasts.tsx';
import { useView } from '../../view.ts';
import { setDraft, useDraft } from './drafts.ts';
import { useChanges, useStrategies, useStrategiesChanged, useStrategy } from './strategies-asked.ts';
import { type Group, short } from './strategy-groups.ts';

const DifferenceView = lazy(() => import('./editor/difference-view.tsx').then(({ DifferenceView }) => ({ default: DifferenceView })));

type Props = Readonly<{ of: RestStrategyDetail; group: Group; open: (named: string) => void; text: () => void }>;

/** In the address: what was typed and is not kept. */
const TYPED = 'typed';

export function Versions({ of, group, open, text }: Props) {
  const who = useWho();
  const kept = useDraft(group.name);
  const draft = group.kind === 'document' ? kept : null;
  const [view, change] = useView();
  const [asking, setAsking] = useState<Readonly<{ is: 'take up' | 'take away'; row: RestStrategy }> | null>(null);
  const rows = group.rows;
  // as the list names it: a kept version may be what came with this build
  const own = rows.find(({ version }) => version === of.version)?.strategy ?? of.strategy;
  const mayKeep = group.kind === 'program' ? 'a program is not written here' : reaches(who.role, 'trader') ? null : 'it takes a trader';
  const mayTake = (row: RestStrategy): string | null =>
    row.kept !== 'kept'
      ? 'it came with this build'
      : row.deployed.length > 0
        ? `this desk runs it as ${row.deployed.join(', ')}`
        : reaches(who.role, 'admin')
          ? null
          : 'it takes an admin: a kept version does not say whose it is';
  const named = [...rows.map(({ strategy }) => strategy), ...(draft === null ? [] : [TYPED])];
  const after = named.includes(view['after'] ?? '') ? view['after']! : draft === null ? own : TYPED;
  const before = named.includes(view['before'] ?? '') ? view['before']! : (named.find((one) => one !== after && one !== TYPED) ?? after);
  const take = (row: RestStrategy): void => setAsking({ is: 'take up', row });
  const columns: readonly Column<RestStrategy>[] = [
    {
      name: 'Version',
      cell: ({ version, strategy, kept, keptAt }) => (
        <>
          <span className="inline-flex flex-wrap items-center gap-1.5">
            <button
              type="button"
              title={version}
              onClick={() => open(strategy)}
              className="figure text-accent underline decoration-dotted underline-offset-3"
            >
              {short(version)}
            </button>
            {strategy === own ? <Badge tone="accent">open</Badge> : null}
          </span>
          <span className="block text-xs text-faint">
            {kept === 'kept' ? (
              <>
                kept <Moment us={keptAt} detail="seconds" date />
              </>
            ) : (
              CAME[kept]
            )}
          </span>
        </>
      ),
    },
    {
      name: 'On this desk',
      wide: true,
      cell: ({ deployed }) => (deployed.length === 0 ? <span className="text-faint">–</span> : deployed.join(', ')),
    },
    {
      name: 'Actions',
      unnamed: true,
      right: true,
      cell: (row) => (
        <span className="inline-flex flex-wrap justify-end gap-1 max-sm:flex-col max-sm:items-end">
          <Button small look="quiet" onClick={() => change({ before: row.strategy, after: row.strategy === after ? own : after })}>
            Compare
          </Button>
          <Button small look="quiet" blocked={mayKeep} onClick={() => take(row)}>
            Take up
          </Button>
          <Button small look="quiet" blocked={mayTake(row)} onClick={() => setAsking({ is: 'take away', row })}>
            Take away …
          </Button>
        </span>
      ),
    },
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-2">
      <Panel title="Versions" count={rows.length} className="shrink-0">
        <Table label="Versions" columns={columns} rows={rows} keyOf={({ version }) => version} chosen={of.version} />
      </Panel>
      <Panel title="What differs" className="min-h-64 flex-1" bodyClass="flex flex-col overflow-auto">
        {named.length < 2 ? (
          <Empty title="There is one version.">Change its text and keep it, and both can be seen beside each other.</Empty>
        ) : (
          <>
            <div className="grid grid-cols-2 gap-3 px-3 py-2">
              <Side label="Before" rows={rows} typed={draft !== null} value={before} choose={(before) => change({ before })} />
              <Side label="After" rows={rows} typed={draft !== null} value={after} choose={(after) => change({ after })} />
            </div>
            <Difference before={before} after={after} typed={draft?.text ?? ''} documents={group.kind === 'document'} />
          </>
        )}
      </Panel>
      {asking?.is === 'take up' ? (
        <TakeUp row={asking.row} group={group} opened={of.version} over={draft !== null} close={() => setAsking(null)} done={text} />
      ) : asking?.is === 'take away' ? (
        <TakeAway
          row={asking.row}
          close={() => setAsking(null)}
          done={() => (asking.row.strategy === own ? open(rows.find(({ version }) => version !== of.version)?.strategy ?? '') : null)}
        />
      ) : null}
    </div>
  );
}

type SideProps = Readonly<{ label: string; rows: readonly RestStrategy[]; typed: boolean; value: string; choose: (named: string) => void }>;
const Side = ({ label, rows, typed, value, choose }: SideProps) => (
  <Choice label={label} value={value} onChange={({ target }) => choose(target.value)} className="figure">
    {typed ? <option value={TYPED}>what you typed, not kept</option> : null}
    {rows.map(({ strategy, version, kept }) => (
      <option key={version} value={strategy}>
        {short(version)} {kept === 'kept' ? '' : kept}
      </option>
    ))}
  </Choice>
);

/** What means another thing; of what is typed and not kept the texts alone are shown. */
function InWords({ before, after }: Readonly<{ before: string; after: string }>) {
  const told = useChanges(before === TYPED ? null : before, after === TYPED ? null : after);
  if (told.data === undefined) return null;
  return told.data.items.length === 0 ? (
    <p className="px-3 pb-2 text-dim">They mean the same: only remarks and the way it is written differ.</p>
  ) : (
    <ul aria-label="What differs, in words" className="list-disc px-3 pb-2 pl-7">
      {told.data.items.map((line) => (
        <li key={line} className="figure text-xs break-words whitespace-normal">
          {line}
        </li>
      ))}
    </ul>
  );
}

function Difference({ before, after, typed, documents }: Readonly<{ before: string; after: string; typed: string; documents: boolean }>) {
  const [a, b] = [useStrategy(before === TYPED ? null : before), useStrategy(after === TYPED ? null : after)];
  const [one, other] = [before === TYPED ? typed : a.data?.source, after === TYPED ? typed : b.data?.source];
  const sides = useMemo(
    () =>
      one == null || other == null
        ? null
        : { before: { name: `Before: ${before}`, text: one }, after: { name: `After: ${after}`, text: other } },
    [one, other, before, after],
  );
  const failed = a.error ?? b.error;
  if (failed !== null)
    return (
      <div className="p-3">
        <Failed error={failed} again={() => void Promise.all([a.refetch(), b.refetch()])} />
      </div>
    );
  if (one === null || other === null) return <Empty title="One of them has no text here: it is part of this build." />;
  if (sides === null) return <Loading lines={6} />;
  if (one === other) return <Empty title="They are the same, letter for letter." />;
  return (
    <>
      {documents ? <InWords before={before} after={after} /> : null}
      <Suspense fallback={<Loading lines={6} />}>
        <DifferenceView {...sides} />
      </Suspense>
    </>
  );
}

/** The text of a version, into the editor; whoever typed something there is told that it goes. */
function TakeUp({
  row,
  group,
  opened,
  over,
  close,
  done,
}: Readonly<{ row: RestStrategy; group: Group; opened: string; over: boolean; close: () => void; done: () => void }>) {
  const found = useStrategy(row.strategy);
  const source = found.data?.source ?? null;
  const take = (): void => {
    if (source === null) return;
    // what is open stands there without being typed
    setDraft(group.name, row.version === opened ? null : { text: source, base: row.version });
    close();
    done();
  };
  return (
    <Dialog title={`Take up ${short(row.version)} again?`} close={close}>
      <p className="text-dim">
        Its text is put into the editor, to be changed or kept; nothing else changes.{over ? ' What you typed and did not keep goes.' : ''}
      </p>
      {found.error === null ? null : <Failed error={found.error} />}
      <div className="mt-3 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Leave it
        </Button>
        <Button look="main" data-first disabled={source === null} onClick={take}>
          {over ? 'Put it in place of mine' : 'Take it up'}
        </Button>
      </div>
    </Dialog>
  );
}

function TakeAway({ row, close, done }: Readonly<{ row: RestStrategy; close: () => void; done: () => void }>) {
  const changed = useStrategiesChanged();
  const { refetch } = useStrategies();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function take(): Promise<void> {
    setBusy(true);
    try {
      await api('DELETE', `/api/v1/strategies/${row.version}`);
      toast('calm', 'Taken away', `${row.name} ${short(row.version)}`);
      done();
      await refetch();
      await changed();
      close();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <Dialog title={`Take ${short(row.version)} away?`} close={close}>
      <p className="text-dim">
        It goes from this machine, unless a run or a journal here names it: then it stays. A journal that was archived elsewhere is not
        asked; the same text kept again is the same version.
      </p>
      {error === null ? null : <Failed error={error} />}
      <div className="mt-3 flex justify-end gap-2">
        <Button look="quiet" onClick={close}>
          Leave it
        </Button>
        <Button look="main" data-first disabled={busy} onClick={() => void take()}>
          {busy ? 'Looking who names it …' : 'Take it away'}
        </Button>
      </div>
    </Dialog>
  );
}

const CAME = { bundled: 'part of this build', shipped: 'shipped with this build' } as const;
