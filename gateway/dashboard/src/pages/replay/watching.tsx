/** A recorded day on the screens of the desk, all of them at one clock: what had been told by then, and nothing after it. */
import { GitBranch, History, Link2, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReplayDocument, ReplayForked, ReplayTimeline } from '#gateway/contracts/replays.ts';
import { api } from '../../api.ts';
import { useAsked } from '../../asked.ts';
import { LineMeant, useRows } from '../../live/live.ts';
import { reaches, useWho } from '../../session.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { toast } from '../../ui/toasts.tsx';
import { Explained } from '../../ui/why-link.tsx';
import { searchText, useView } from '../../view.ts';
import { Alerts } from '../now/alerts.tsx';
import { Decisions } from '../now/decisions.tsx';
import { Equity } from '../now/equity.tsx';
import { Feeds } from '../now/feeds.tsx';
import { Gate } from '../now/gate.tsx';
import { Positions } from '../now/positions.tsx';
import { Branch } from './branch.tsx';
import { Candles } from './candles.tsx';
import { useClock, useEnded, useReplayLine } from './clock.ts';
import { Fork } from './fork.tsx';
import { useMoves } from './moves.ts';
import { Orders } from './orders.tsx';
import { nameOfSource, positionText, sourceIn } from './replay-address.ts';
import { Scrubber } from './scrubber.tsx';
import { speedIn, Transport } from './transport.tsx';

const BUCKETS = 400;
/** While a day is looked through, its strip is drawn anew so many times at most. */
const DRAWN_IN = 5;

type Props = Readonly<{ replay: ReplayDocument; explained: boolean; leave: () => void; again: (at: string) => void }>;

export function Watching(props: Props) {
  const store = useReplayLine(props.replay.id, true);
  if (store === null) return <Loading lines={6} />;
  return (
    <LineMeant value={store}>
      <Explained value={props.explained}>
        <Inside {...props} />
      </Explained>
    </LineMeant>
  );
}

function Inside({ replay, leave, again }: Props) {
  const { id, source } = replay;
  const who = useWho();
  const clock = useClock();
  const ended = useEnded(id);
  const [view, change] = useView();
  const moves = useMoves(id);
  const [forking, setForking] = useState(false);
  const [forked, setForked] = useState<ReplayForked | null>(null);
  const standing = clock ?? replay.stands;
  const { seq, at, playing } = standing;
  const [from, to] = [clock?.from ?? replay.from, clock?.to ?? replay.to];
  const ready = clock?.ready ?? replay.ready;
  const drawn = ready >= 1 ? 'all' : Math.floor(ready * DRAWN_IN);
  const timeline = useAsked<ReplayTimeline>(`/api/v1/replays/${id}/timeline?buckets=${BUCKETS}`);
  const { refetch } = timeline;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawn` says when there is more to draw
  useEffect(() => void refetch(), [refetch, drawn]);
  const known = clock !== null;
  const here = positionText({ seq, at });
  useEffect(() => {
    if (playing || !known) return;
    const timer = window.setTimeout(() => change({ ...sourceIn(source), at: here, replay: id }), 150);
    return () => window.clearTimeout(timer);
  }, [here, playing, known, id, source, change]);
  const beside = clock?.beside ?? null;
  const instruments = useRows('quotes').rows.map(({ row }) => row.instrument);
  const mayFork = reaches(who.role, 'trader') ? null : 'making a branch takes a trader';
  const blocked = mayFork ?? (beside === null ? null : 'it has a branch beside it: end that first');
  const fork = (): void => {
    moves.move({ pause: true });
    setForking(true);
  };
  const copy = (): void => {
    // without the replay that is open now: whoever follows it gets one of their own, at this moment
    const { replay: _, ...kept } = view;
    const link = `${window.location.origin}/replay${searchText({ ...kept, ...sourceIn(source), at: here })}`;
    navigator.clipboard.writeText(link).then(
      () => toast('good', 'The link is copied', 'whoever opens it sees this moment'),
      () => toast('warn', 'The browser did not let it be copied', link),
    );
  };
  useActions([
    {
      id: 'replay fork',
      name: 'Branch here: what would have been different',
      group: 'Replay',
      keys: 'b',
      words: 'fork',
      blocked,
      run: fork,
    },
    { id: 'replay link', name: 'Copy a link to this moment', group: 'Replay', keys: 'l', words: 'share url', run: copy },
    { id: 'replay leave', name: 'Choose another day', group: 'Replay', keys: 'x', words: 'close', run: leave },
  ]);
  if (ended !== null)
    return (
      <div className="rounded-lg border border-line bg-panel">
        <Empty icon={History} title={`This replay is over: ${ended}.`}>
          The record stays as it is. Opened again it stands where you were.
        </Empty>
        <p className="flex justify-center gap-2 pb-5">
          <Button look="main" autoFocus onClick={() => again(here)}>
            Open it again here
          </Button>
          <Button onClick={leave}>Choose another day</Button>
        </p>
      </div>
    );
  return (
    <>
      <section
        aria-label="The clock of the replay"
        className="sticky top-0 z-10 flex shrink-0 flex-col gap-2 rounded-lg border border-mode bg-panel px-3 py-2 max-sm:static"
        data-replay={id}
        data-at={here}
        data-playing={playing}
      >
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="figure font-semibold break-all whitespace-normal">{nameOfSource(source)}</h2>
          <Badge tone="calm">{'run' in source ? 'run' : 'journal'}</Badge>
          <span className="text-base font-medium">
            <Moment us={at} detail="micros" date />
          </span>
          <span className="figure text-xs text-faint">#{seq}</span>
          <span role="status" className="text-xs text-dim">
            {moves.busy !== null && 'to' in moves.busy ? 'on its way …' : (moves.told ?? (playing ? 'plays' : ''))}
          </span>
          <span className="ml-auto flex flex-wrap gap-1">
            <Button onClick={fork} blocked={blocked} title="Branch here (B)">
              <GitBranch aria-hidden className="size-3.5" /> Branch here …
            </Button>
            <Button look="quiet" onClick={copy} aria-label="Copy a link to this moment" title="Copy a link to this moment (L)">
              <Link2 aria-hidden className="size-4" />
            </Button>
            <Button look="quiet" onClick={leave} aria-label="Choose another day" title="Choose another day (X)">
              <X aria-hidden className="size-4" />
            </Button>
          </span>
        </div>
        <Scrubber
          {...{ from, to, ready }}
          timeline={timeline.data ?? null}
          stands={{ seq, at }}
          go={(us) => moves.move({ to: { at: us } })}
        />
        <Transport
          moves={moves}
          standing={standing}
          ends={{ from, to }}
          speed={playing && standing.speed !== null ? standing.speed : speedIn(view['speed'])}
          setSpeed={(speed) => change({ speed: String(speed) })}
          instrument={instruments.includes(view['only'] ?? '') ? view['only']! : null}
          instruments={instruments}
          setInstrument={(only) => change({ only })}
        />
      </section>
      <Feeds />
      {beside === null ? (
        <div className="grid min-h-0 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,6fr)_minmax(0,5fr)] xl:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,5fr)]">
          <div className="flex min-h-0 flex-col gap-2">
            <Candles />
            <Orders />
          </div>
          <div className="flex min-h-0 flex-col gap-2">
            <Equity />
            <Gate />
            <Positions />
            <Alerts />
          </div>
          <div className="flex h-[40rem] flex-col lg:max-xl:col-span-2 [&>section]:min-h-0 [&>section]:flex-1">
            <Decisions />
          </div>
        </div>
      ) : (
        <>
          <div className="flex h-80 shrink-0 flex-col">
            <Candles />
          </div>
          <Branch
            replay={id}
            branch={beside}
            together={clock?.together ?? true}
            forked={forked?.replay.id === beside ? forked : null}
            move={moves.move}
          />
        </>
      )}
      {forking ? (
        <Fork
          replay={id}
          at={{ seq, at }}
          close={() => setForking(false)}
          made={(found) => {
            setForked(found);
            setForking(false);
          }}
        />
      ) : null}
    </>
  );
}

/** Whoever leaves gives it back, unless somebody else watches it still. */
export async function giveBack({ id, owner }: ReplayDocument, user: string | null): Promise<void> {
  if (owner !== user) return;
  try {
    const { watchers, beside } = await api<ReplayDocument>('GET', `/api/v1/replays/${id}`);
    if (watchers > 1) return;
    if (beside !== null) await api('DELETE', `/api/v1/replays/${beside}`);
    await api('DELETE', `/api/v1/replays/${id}`);
  } catch {
    // then it ends by itself, once nobody has looked at it for a while
  }
}
