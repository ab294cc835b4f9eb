/** What a search over parameters found: its trials over two of them as a map, the peak against the plateau's choice, and how far to believe either. */
import { ArrowLeft } from 'lucide-react';
import type { RestSweepDetail, RestSweepTrial } from '#gateway/contracts/rest-sweeps.ts';
import { useAsked } from '../../asked.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useView } from '../../view.ts';
import { CommandLine } from './commands.tsx';
import { scoreText } from './heat.ts';
import { HeatMap } from './heat-map.tsx';
import { RunLink } from './run-link.tsx';
import { percentText, plainText, setFlags, setText } from './run-words.ts';

type Props = Readonly<{ sweep: string; leave: () => void }>;

export function Plateau({ sweep, leave }: Props) {
  const path = `/api/v1/sweeps/${encodeURIComponent(sweep)}`;
  const { data, error, refetch } = useAsked<RestSweepDetail>(path);
  useActions([{ id: 'runs back', name: 'Back to all runs', group: 'Runs', keys: 'b', run: leave }]);
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-1">
        <Button small look="quiet" onClick={leave}>
          <ArrowLeft aria-hidden className="size-3" /> All runs
        </Button>
        <h2 className="figure text-base font-semibold break-all" data-sweep={sweep}>
          {sweep}
        </h2>
      </header>
      {error !== null ? (
        <Failed error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <Loading lines={8} what="Reading the sweep" />
      ) : !data.finished ? (
        <Panel title="Not finished">
          <Empty title={`${data.trials} trials were evaluated, and it is not over.`}>
            The same command goes on where it stopped, or was made by a version that kept no map.
          </Empty>
        </Panel>
      ) : (
        <Found of={data} path={path} />
      )}
    </>
  );
}

function Found({ of, path }: Readonly<{ of: RestSweepDetail; path: string }>) {
  const [view, change] = useView();
  const names = of.dimensions.map(({ name }) => name);
  const x = names.find((name) => name === view['x']) ?? names[0];
  const y = names.find((name) => name === view['y'] && name !== x) ?? names.find((name) => name !== x);
  const others = view['others'] === 'best' ? 'best' : 'median';
  const choose = (axis: 'x' | 'y', name: string): void =>
    change(axis === 'x' ? { x: name, y: name === y ? (x ?? null) : (y ?? null) } : { x: x ?? null, y: name });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <Panel
        title={`${of.objective} of ${of.strategy}`}
        count={`${of.trials} trials`}
        tools={
          x === undefined || y === undefined ? null : (
            <>
              <Axis label="Across" value={x} names={names} choose={(name) => choose('x', name)} />
              <Axis label="Upwards" value={y} names={names.filter((name) => name !== x)} choose={(name) => choose('y', name)} />
              {names.length < 3 ? null : (
                <select
                  aria-label="The other parameters"
                  value={others}
                  onChange={({ target }) => change({ others: target.value === 'best' ? 'best' : null })}
                  className="h-6 rounded-[5px] border border-line bg-ground px-1 text-xs"
                >
                  <option value="median">others: the middle</option>
                  <option value="best">others: the best</option>
                </select>
              )}
            </>
          )
        }
      >
        {x === undefined || y === undefined ? (
          <Empty title="One parameter varied: there is no map, the table has it." />
        ) : (
          <HeatMap of={of} path={path} x={x} y={y} others={others} />
        )}
      </Panel>
      <div className="flex min-w-0 flex-col gap-2">
        <Choices of={of} />
        <Belief of={of} />
        <Best of={of} />
      </div>
    </div>
  );
}

const Axis = ({
  label,
  value,
  names,
  choose,
}: Readonly<{ label: string; value: string; names: readonly string[]; choose: (name: string) => void }>) => (
  <label className="flex items-center gap-1 text-xs text-dim">
    {label}
    <select
      value={value}
      onChange={({ target }) => choose(target.value)}
      className="h-6 rounded-[5px] border border-line bg-ground px-1 text-xs text-ink"
    >
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  </label>
);

const shown = (score: number | null): string => (score === null ? '–' : scoreText(score));

function Choices({ of: { peak, plateau, objective, command } }: Readonly<{ of: RestSweepDetail }>) {
  if (peak === null) return <Empty title={`No trial has a ${objective}: too few trades, or given up.`} />;
  const same = plateau !== null && plateau.number === peak.number;
  return (
    <Panel title="The peak against the plateau">
      <One name="Peak" about="the best of all trials" of={peak} command={command} />
      {same ? (
        <p className="border-t border-line/60 px-3 py-2 text-sm text-good">
          The peak stands on the plateau: with its neighbours it is the best as well.
        </p>
      ) : plateau === null ? (
        <p className="border-t border-line/60 px-3 py-2 text-xs text-faint">
          No trial has two others one step beside it, so nobody can say what stands on a plateau.
        </p>
      ) : (
        <One name="Plateau’s choice" about="the middle of it and its neighbours is the best" of={plateau} command={command} />
      )}
    </Panel>
  );
}

const One = ({ name, about, of, command }: Readonly<{ name: string; about: string; of: RestSweepTrial; command: string }>) => (
  <section aria-label={name} data-choice={name} className="border-t border-line/60 px-3 py-2 first:border-t-0">
    <h3 className="flex flex-wrap items-baseline gap-2">
      <Badge tone={name === 'Peak' ? 'accent' : 'good'}>{name}</Badge>
      <span className="figure text-sm font-semibold">{setText(of.parameters)}</span>
    </h3>
    <p className="text-xs text-dim">
      {about}: <span className="figure">{shown(of.score)}</span>, its {of.neighbours.count} neighbours{' '}
      <span className="figure">{shown(of.neighbours.median)}</span> in the middle
    </p>
    {of.kept ? (
      <RunLink run={of.run} className="figure text-xs" />
    ) : (
      <CommandLine command={`npx retrace ${command} ${setFlags(of.parameters)}`} />
    )}
  </section>
);

const Belief = ({ of }: Readonly<{ of: RestSweepDetail }>) => {
  const { overfitting, counted, scored, trials, peak, method, where, walked, tapes } = of;
  return (
    <Panel title="How far to believe it">
      <Facts>
        <Fact name="Overfitting">
          {overfitting.probability === null ? (
            <span className="text-dim">unknown: {overfitting.reason}</span>
          ) : (
            <>
              <span className="figure">{percentText(overfitting.probability)}</span>
              <span className="block text-xs text-dim">
                so often the best of one half of the days was no better than the middle on the other ({overfitting.splits} splits). Near 0
                the choice carries over, near one half it is a coin.
              </span>
            </>
          )}
        </Fact>
        <Fact name="Ever tried">
          <span className="figure">{counted}</span>{' '}
          <span className="text-xs text-dim">with this strategy on this data; the deflated Sharpe ratio is judged by all of them</span>
        </Fact>
        <Fact name="Of the peak">
          <span className="text-xs text-dim">
            PSR <span className="figure text-ink">{plainText(peak?.psr) ?? '–'}</span>, deflated{' '}
            <span className="figure text-ink">{plainText(peak?.deflated) ?? '–'}</span>
          </span>
        </Fact>
        <Fact name="Searched">
          {method}
          {where.length === 0 ? '' : `, where ${where.join(' and ')}`}; {scored} of {trials} trials have a score
          {walked ? '; it walked forward, and these are the trials of the last training' : ''}
        </Fact>
        <Fact name="Data">{tapes.join(', ')}</Fact>
      </Facts>
    </Panel>
  );
};

function Best({ of: { best, objective } }: Readonly<{ of: RestSweepDetail }>) {
  const columns: readonly Column<RestSweepTrial>[] = [
    {
      name: 'Parameters',
      cell: ({ parameters, run, kept }) => (
        <>
          <span className="figure text-xs">{setText(parameters)}</span>
          {kept ? (
            <>
              <br />
              <RunLink run={run} className="figure text-xs" />
            </>
          ) : null}
        </>
      ),
    },
    { ...{ name: objective, right: true }, cell: ({ score }) => <span className="figure">{shown(score)}</span> },
    {
      ...{ name: 'Neighbours', right: true },
      cell: ({ neighbours }) => (
        <span className="figure">{neighbours.median === null ? '–' : `${shown(neighbours.median)} (${neighbours.count})`}</span>
      ),
    },
    {
      ...{ name: 'Return', right: true, wide: true },
      cell: ({ metrics }) => <span className="figure">{percentText(metrics['totalReturn']) ?? '–'}</span>,
    },
    { ...{ name: 'DSR', right: true, wide: true }, cell: ({ deflated }) => <span className="figure">{plainText(deflated) ?? '–'}</span> },
  ];
  return (
    <Panel title="The best" count={best.length}>
      <Table label="The best trials" columns={columns} rows={best} keyOf={({ number }) => String(number)} />
    </Panel>
  );
}
