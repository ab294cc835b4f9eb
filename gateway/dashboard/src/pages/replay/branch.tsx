/** A recorded day and its branch beside each other on one clock: where they part first, and the money of both. */
import { GitBranch, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReplayForked, ReplayMove } from '#gateway/contracts/replays.ts';
import { api } from '../../api.ts';
import { LineMeant, useLineOf, useLive, useRows } from '../../live/live.ts';
import type { LiveStore } from '../../live/store.ts';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { Explained } from '../../ui/why-link.tsx';
import { Decisions } from '../now/decisions.tsx';
import { Equity } from '../now/equity.tsx';
import { Positions } from '../now/positions.tsx';
import { exact } from '../orders/decimal-text.ts';
import { useReplayLine } from './clock.ts';
import { Orders } from './orders.tsx';

type Props = Readonly<{
  /** Of the day itself. */
  replay: string;
  branch: string;
  together: boolean;
  /** Null: it was made before this page was opened. */
  forked: ReplayForked | null;
  move: (move: ReplayMove) => void;
}>;

export function Branch({ replay, branch, together, forked, move }: Props) {
  const own = useLive();
  const other = useReplayLine(branch, false);
  const [error, setError] = useState<unknown>(null);
  const end = (): void => void api('DELETE', `/api/v1/replays/${branch}`).catch(setError);
  const share = (): void => void api('POST', `/api/v1/replays/${replay}/together`, { body: { together: !together } }).catch(setError);
  return (
    <>
      <Panel
        title="A branch beside it"
        className="shrink-0"
        tools={
          <>
            <Button small aria-pressed={together} onClick={share} title="both move when one is moved, or each alone">
              {together ? 'on one clock' : 'each on its own clock'}
            </Button>
            <Button small look="quiet" onClick={end}>
              <X aria-hidden className="size-3.5" /> End the branch
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-2 px-3 py-2" data-branch={branch}>
          {error === null ? null : <Failed error={error} />}
          {forked === null ? null : <Parting forked={forked} move={move} />}
          {other === null ? <Loading lines={1} /> : <Money recorded={own} branch={other} />}
        </div>
      </Panel>
      <div className="grid min-h-0 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-2">
        <Side title="As it was" />
        {other === null ? (
          <Loading lines={6} />
        ) : (
          <LineMeant value={other}>
            <Explained value={false}>
              <Side title="The branch" />
            </Explained>
          </LineMeant>
        )}
      </div>
    </>
  );
}

function Parting({ forked: { run, first, firstDeed, same, different }, move }: Readonly<{ forked: ReplayForked; move: Props['move'] }>) {
  const shown = firstDeed ?? first;
  return (
    <div data-parting={first?.address ?? 'none'}>
      <p>
        <GitBranch aria-hidden className="mr-1 inline size-4 text-accent" />
        {first === null ? (
          <>No decision differs: the change changed nothing here.</>
        ) : (
          <>
            The first decision that differs is <span className="figure">{first.address}</span>
            {firstDeed === null
              ? '; nothing is done differently.'
              : firstDeed.address === first.address
                ? ', and it is the first thing done differently.'
                : null}
            {firstDeed === null || firstDeed.address === first.address ? null : (
              <>
                , and the first thing done differently <span className="figure">{firstDeed.address}</span>.
              </>
            )}
          </>
        )}{' '}
        <span className="text-xs text-faint">
          {same} decisions the same, {different} different; kept as run <span className="figure">{run}</span>
        </span>
      </p>
      {shown === null ? null : (
        <>
          <div className="mt-1 grid gap-x-4 gap-y-1 text-xs sm:grid-cols-2">
            <Led title="As it was" steps={shown.baseline} />
            <Led title="In the branch" steps={shown.branch} />
          </div>
          <div className="mt-1.5 flex gap-2">
            {first === null ? null : (
              <Button small onClick={() => move({ to: { seq: first.seq, at: first.at } })}>
                Go to where they part
              </Button>
            )}
            {firstDeed === null || firstDeed.address === first?.address ? null : (
              <Button small onClick={() => move({ to: { seq: firstDeed.seq, at: firstDeed.at } })}>
                Go to the first thing done differently
              </Button>
            )}
          </div>
        </>
      )}
    </div>
  );
}

const Led = ({ title, steps }: Readonly<{ title: string; steps: NonNullable<ReplayForked['first']>['baseline'] }>) => (
  <div className="min-w-0">
    <h3 className="font-medium text-dim">{title}</h3>
    {steps.length === 0 ? (
      <p className="text-faint">nothing of the kind</p>
    ) : (
      <ol>
        {steps.map(({ address, what }) => (
          <li key={address + what} className="flex gap-2">
            <span className="figure shrink-0 text-faint">{address}</span>
            <span className="min-w-0 break-words">{what}</span>
          </li>
        ))}
      </ol>
    )}
  </div>
);

/** Each account's equity on both sides at the clock, and how far the branch is from what was. */
function Money({ recorded, branch }: Readonly<{ recorded: LiveStore; branch: LiveStore }>) {
  const was = useRows('equity');
  const [would, setWould] = useState(branch.picture('equity', '*'));
  useEffect(() => branch.listen('equity', '*', () => setWould(branch.picture('equity', '*'))), [branch]);
  const [here, there] = [useLineOf(recorded), useLineOf(branch)];
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">The money of both</caption>
      <thead>
        <tr className="text-left text-2xs text-faint">
          <th scope="col">Account</th>
          <th scope="col" className="text-right">
            As it was
          </th>
          <th scope="col" className="text-right">
            The branch
          </th>
          <th scope="col" className="text-right">
            The branch is off by
          </th>
        </tr>
      </thead>
      <tbody>
        {was.rows.map(({ key, row }) => {
          const other = would.rows.find((one) => one.row.account === row.account)?.row.equity ?? null;
          return (
            <tr key={key} data-money={row.account}>
              <th scope="row" className="text-left font-normal">
                {row.account}
              </th>
              <td className="text-right">
                <Figure text={row.equity} unit={row.currency} />
              </td>
              <td className="text-right">
                <Figure text={other} unit={row.currency} />
              </td>
              <td className="text-right">
                <Figure text={other === null || here.seq !== there.seq ? null : difference(other, row.equity)} signed />
              </td>
            </tr>
          );
        })}
        {here.seq === there.seq ? null : (
          <tr>
            <td colSpan={4} className="text-xs text-warn">
              They do not stand at one number: <span className="figure">{here.seq}</span> and <span className="figure">{there.seq}</span>.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function difference(a: string, b: string): string {
  const [left, right] = [exact(a), exact(b)];
  if (left === null || right === null) return '0';
  const scale = Math.max(left.scale, right.scale);
  const all = left.digits * 10n ** BigInt(scale - left.scale) - right.digits * 10n ** BigInt(scale - right.scale);
  const text = (all < 0n ? -all : all).toString().padStart(scale + 1, '0');
  return `${all < 0n ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`;
}

const Side = ({ title }: Readonly<{ title: string }>) => (
  <section aria-label={title} className="flex min-h-0 flex-col gap-2" data-side={title}>
    <h2 className="px-1 text-xs font-semibold tracking-wide text-dim">{title}</h2>
    <Equity />
    <Positions />
    <Orders />
    <div className="flex h-96 flex-col [&>section]:min-h-0 [&>section]:flex-1">
      <Decisions />
    </div>
  </section>
);
