/** Which recorded day to watch again: the desk's own up to now, another journal of this house, what a run wrote, or one that is open already. */
import { FlaskConical, History, Radio } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import type { ReplayAsked, ReplayDocument, ReplayList } from '#gateway/contracts/replays.ts';
import type { RestRun } from '#gateway/contracts/rest-runs.ts';
import { api } from '../../api.ts';
import { useAsked } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { reaches, useWho } from '../../session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { nameOfSource } from './replay-address.ts';

type Props = Readonly<{ open: (source: ReplayAsked) => void; join: (replay: ReplayDocument) => void }>;

/** The desk's own journal, by its name; null where this gateway has no desk. */
export function useOwnJournal(): string | null {
  const system = useRows('system');
  const own = system.rows.map(({ row }) => row).find(({ what }) => what === 'process');
  return own?.what === 'process' ? (own.journal.split(/[\\/]/).at(-1) ?? null) : null;
}

export function Choose({ open, join }: Props) {
  const own = useOwnJournal();
  const asked = useAsked<ReplayList>('/api/v1/replays');
  const runs = useAsked<{ items: RestRun[] }>('/api/v1/runs?limit=50');
  const { refetch } = asked;
  // it was asked for when another day was chosen: what is open has changed since
  useEffect(() => void refetch(), [refetch]);
  const living = asked.data?.replays.filter(({ ended }) => ended === null) ?? [];
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 lg:grid-cols-2">
      <Panel title="Recorded days">
        {own === null ? null : (
          <Row
            icon={Radio}
            name={own}
            about="this desk's own journal, from its beginning up to now; the desk goes on undisturbed"
            go={() => open({ journal: own })}
            said="Watch it again"
            main
          />
        )}
        {asked.error !== null ? (
          <div className="p-3">
            <Failed error={asked.error} again={() => void refetch()} />
          </div>
        ) : asked.data === undefined ? (
          <Loading lines={3} what="Looking for journals" />
        ) : (
          asked.data.journals
            .filter((name) => name !== own)
            .map((name) => (
              <Row
                key={name}
                icon={History}
                name={name}
                about="a journal of this house"
                go={() => open({ journal: name })}
                said="Watch it again"
              />
            ))
        )}
        {own === null && asked.data?.journals.length === 0 ? (
          <Empty icon={History} title="No day is recorded here yet.">
            Every desk records its day: npx retrace demo makes one.
          </Empty>
        ) : null}
        <ByName open={open} />
      </Panel>
      <div className="flex flex-col gap-2">
        {living.length === 0 ? null : (
          <Panel title="Open already" count={`${living.length} of ${asked.data!.limits.all} at most`}>
            <ul>
              {living.map((replay) => (
                <Open key={replay.id} replay={replay} join={() => join(replay)} changed={() => void refetch()} />
              ))}
            </ul>
          </Panel>
        )}
        <Panel title="Runs" {...(runs.data === undefined ? {} : { count: runs.data.items.length })}>
          {runs.error !== null ? (
            runs.error.status === 404 ? (
              <Empty title="This gateway has no catalogue of runs." />
            ) : (
              <div className="p-3">
                <Failed error={runs.error} again={() => void runs.refetch()} />
              </div>
            )
          ) : runs.data === undefined ? (
            <Loading lines={3} what="Looking for runs" />
          ) : runs.data.items.length === 0 ? (
            <Empty icon={FlaskConical} title="No run is kept here yet.">
              npx retrace backtest keeps one; so does a branch of a recorded day.
            </Empty>
          ) : (
            runs.data.items.map(({ run, kind, strategy, made, equity, currency }) => (
              <Row
                key={run}
                icon={FlaskConical}
                name={run}
                about={
                  <>
                    {kind} of {strategy}, made {made.slice(0, 16).replace('T', ' ')}; ended at <Figure text={equity} unit={currency} />
                  </>
                }
                go={() => open({ run })}
                said="Watch it"
              />
            ))
          )}
        </Panel>
      </div>
    </div>
  );
}

type RowProps = Readonly<{ icon: typeof Radio; name: string; about: React.ReactNode; go: () => void; said: string; main?: boolean }>;
const Row = ({ icon: Icon, name, about, go, said, main = false }: RowProps) => (
  <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/60 px-3 py-2 first:border-t-0" data-day={name}>
    <Icon aria-hidden className="size-4 shrink-0 text-faint" strokeWidth={1.75} />
    <div className="min-w-40 flex-1">
      <p className="figure font-medium break-all whitespace-normal">{name}</p>
      <p className="text-xs text-faint">{about}</p>
    </div>
    <Button look={main ? 'main' : 'plain'} onClick={go} aria-label={`${said}: ${name}`}>
      {said}
    </Button>
  </div>
);

function Open({ replay, join, changed }: Readonly<{ replay: ReplayDocument; join: () => void; changed: () => void }>) {
  const who = useWho();
  const [error, setError] = useState<unknown>(null);
  const { id, owner, source, stands, watchers } = replay;
  const may = owner === who.user || reaches(who.role, 'admin');
  const end = (): void => void api('DELETE', `/api/v1/replays/${id}`).then(changed, setError);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line/60 px-3 py-2 first:border-t-0">
      <div className="min-w-40 flex-1">
        <p>
          <span className="figure font-medium">{nameOfSource(source)}</span>{' '}
          {stands.playing ? <Badge tone="good">plays</Badge> : <Badge tone="calm">stands</Badge>}
        </p>
        <p className="text-xs text-faint">
          opened by {owner}, at <Moment us={stands.at} detail="seconds" date />, {watchers === 1 ? 'one watches' : `${watchers} watch`}
        </p>
        {error === null ? null : <Failed error={error} />}
      </div>
      <Button onClick={join} title="its clock is one for all who watch it">
        Join
      </Button>
      <Button look="quiet" blocked={may ? null : `only ${owner} and an admin may end it`} onClick={end}>
        End
      </Button>
    </li>
  );
}

function ByName({ open }: Readonly<{ open: (source: ReplayAsked) => void }>) {
  const [name, setName] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') open({ journal: name.trim() });
  };
  return (
    <form onSubmit={submit} aria-label="By its name" className="flex flex-wrap items-center gap-2 border-t border-line/60 px-3 py-2">
      <label htmlFor="day" className="text-xs text-dim">
        By its name
      </label>
      <input
        id="day"
        value={name}
        onChange={({ target }) => setName(target.value)}
        spellCheck={false}
        placeholder="demo-7.2"
        className="figure h-8 min-w-32 flex-1 rounded-[5px] border border-edge bg-ground px-2"
      />
      <Button type="submit">Open</Button>
    </form>
  );
}
