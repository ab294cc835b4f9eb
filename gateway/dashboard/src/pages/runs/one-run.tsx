/** One run of the catalogue: what it was begun with, what it was worth and how far to believe that, its equity, months, trades and fills. */
import { Link } from '@tanstack/react-router';
import { ArrowLeft, History } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import type { RestRunDetail, RestRunPart } from '#gateway/contracts/rest-runs.ts';
import { useAsked } from '../../asked.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Figure } from '../../ui/figure.tsx';
import { type Metric, Metrics } from '../../ui/metrics.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { decimalsOf } from '../orders/decimal-text.ts';
import { Commands } from './commands.tsx';
import { equityPath } from './equity-path.ts';
import { RunLedger } from './run-ledger.tsx';
import { RunTrades } from './run-trades.tsx';
import { setText, spanText } from './run-words.ts';
import { Remove, Tags } from './tags.tsx';

const EquityChart = lazy(() => import('../portfolio/equity-chart.tsx').then(({ EquityChart }) => ({ default: EquityChart })));

type Report = Extract<RestRunPart, { part: 'report' }>;
type Equity = Extract<RestRunPart, { part: 'equity' }>;
type Props = Readonly<{ run: string; leave: () => void }>;
/** The group of figures that judge the others. */
const CONFIDENCE = 'Confidence';

export function OneRun({ run, leave }: Props) {
  const path = `/api/v1/runs/${encodeURIComponent(run)}`;
  const { data, error, refetch } = useAsked<RestRunDetail>(path);
  useActions([{ id: 'runs back', name: 'Back to all runs', group: 'Runs', keys: 'b', run: leave }]);
  if (error !== null)
    return (
      <div className="flex flex-col items-start gap-2">
        <Failed error={error} again={() => void refetch()} />
        <Button small onClick={leave}>
          All runs
        </Button>
      </div>
    );
  if (data === undefined) return <Loading lines={8} what="Reading the run" />;
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-1">
        <Button small look="quiet" onClick={leave}>
          <ArrowLeft aria-hidden className="size-3" /> All runs
        </Button>
        <h2 className="figure text-base font-semibold break-all" data-run={run}>
          {run}
        </h2>
        <Badge tone="calm">{data.kind}</Badge>
        <span className="ml-auto flex flex-wrap gap-1">
          {data.journal ? (
            <Link
              to={'/replay' as '/'}
              search={{ run } as never}
              className="inline-flex h-6 items-center gap-1 rounded-[5px] border border-line bg-raised px-2 text-xs hover:border-edge"
            >
              <History aria-hidden className="size-3" /> Watch it
            </Link>
          ) : null}
          <Remove run={run} gone={leave} />
        </span>
      </header>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-2">
          <Way run={run} path={path} />
          <RunTrades run={run} path={path} watched={data.journal} />
          <RunLedger run={run} path={path} watched={data.journal} />
        </div>
        <div className="flex min-w-0 flex-col gap-2">
          <Begun of={data} />
          <Worth path={path} />
          <Commands of={data} />
        </div>
      </div>
    </>
  );
}

const Begun = ({ of }: Readonly<{ of: RestRunDetail }>) => (
  <Panel title="Begun with">
    <Facts>
      <Fact name="Strategy">
        {of.strategy} <code className="figure text-xs text-faint">{of.version.slice(0, 12)}</code>
      </Fact>
      <Fact name="Parameters">
        <span className="figure text-xs break-words whitespace-normal">{setText(of.parameters) || 'none'}</span>
      </Fact>
      <Fact name="Instruments">{of.instruments.join(', ')}</Fact>
      <Fact name="Data">
        {of.tapes.join(', ')} <span className="figure text-xs text-faint">{spanText(of)}</span>
      </Fact>
      <Fact name="Played">
        <Figure text={String(of.ticks)} /> facts, <Figure text={String(of.bars)} /> bars, <Figure text={String(of.orders)} /> orders,{' '}
        <Figure text={String(of.fills)} /> fills
      </Fact>
      <Fact name="Ended at">
        <Figure text={of.equity} unit={of.currency} />
        {of.costs === null ? null : (
          <span className="text-dim">
            , costs <Figure text={of.costs} />
          </span>
        )}
      </Fact>
      <Fact name="Run hash">
        <code className="figure text-xs break-all whitespace-normal">{of.runHash}</code>
      </Fact>
      <Fact name="Tags">
        <Tags run={of.run} tags={of.tags} />
      </Fact>
    </Facts>
    <details className="border-t border-line/60 px-3 py-1.5">
      <summary className="text-xs text-dim">All of its settings</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <pre tabIndex={0} className="figure max-h-72 overflow-auto text-2xs whitespace-pre-wrap">
        {JSON.stringify(of.settings, null, 2)}
      </pre>
    </details>
  </Panel>
);

function Way({ run, path }: Readonly<{ run: string; path: string }>) {
  const { data, error, refetch } = useAsked<Equity>(`${path}/equity`);
  const points = useMemo(() => (data === undefined ? [] : equityPath(data.items, data.cash)), [data]);
  return (
    <Panel
      title="Equity and drawdown"
      {...(data === undefined
        ? {}
        : { count: points.length === data.points ? `${data.points} bars` : `${points.length} of ${data.points} bars drawn` })}
      className="h-80 shrink-0"
      bodyClass="relative"
    >
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <>
          <p className="px-3 pt-3 text-dim" role="status">
            Playing {run} again …
          </p>
          <Loading lines={6} />
        </>
      ) : points.length < 2 ? (
        <Empty title="Fewer than two bars closed." />
      ) : (
        <Suspense fallback={<Loading lines={6} />}>
          <EquityChart points={points} digits={Math.min(2, decimalsOf(data.cash))} currency={data.currency} />
        </Suspense>
      )}
    </Panel>
  );
}

type Months = readonly Readonly<{ period: string; change: string; return: number | null }>[];

function Worth({ path }: Readonly<{ path: string }>) {
  const { data, error, refetch } = useAsked<Report>(`${path}/report`);
  if (error !== null) return <Failed error={error} again={() => void refetch()} />;
  if (data === undefined)
    return (
      <Panel title="What it was worth">
        <Loading lines={8} what="Counting" />
      </Panel>
    );
  const metrics = data.metrics as readonly Metric[];
  const months = (data['months'] ?? []) as Months;
  return (
    <>
      <Panel title="How far to believe it">
        <Belief metrics={metrics.filter(({ group }) => group === CONFIDENCE)} report={data} />
      </Panel>
      {months.length < 2 ? null : <ByMonth months={months} />}
      <Panel title="What it was worth" count={`${metrics.length} figures`}>
        <Metrics of={metrics.filter(({ group }) => group !== CONFIDENCE)} />
      </Panel>
    </>
  );
}

type Bootstrap = Readonly<{ seed: number; paths: number; trades: number; lossProbability: number }>;

/** What the report itself says of its figures. */
function Belief({ metrics, report }: Readonly<{ metrics: readonly Metric[]; report: Report }>) {
  const bootstrap = report['bootstrap'] as Bootstrap | null;
  const noBenchmark = report['noBenchmark'] as string | null;
  const sampling = report['sampling'] as Readonly<{ text: string }>;
  const trials = metrics.find(({ key }) => key === 'deflatedSharpe')?.inputs.find(({ name }) => name === 'trials')?.value ?? null;
  return (
    <>
      <Metrics of={metrics} />
      <ul className="list-disc space-y-1 border-t border-line/60 py-2 pr-3 pl-7 text-xs text-dim">
        {trials === null ? null : (
          <li>
            {Number(trials) === 1
              ? 'It is the only trial of this strategy on this data that was ever counted here.'
              : `It is judged as one of ${trials} trials that were ever made with this strategy on this data.`}
          </li>
        )}
        {bootstrap === null ? null : (
          <li>
            {bootstrap.paths} paths, each of {bootstrap.trades} closed trades drawn with replacement, seed {bootstrap.seed}:{' '}
            {(bootstrap.lossProbability * 100).toFixed(1)} % end below the start. It takes trades as independent of each other.
          </li>
        )}
        {noBenchmark === null ? null : <li>No buy and hold beside it: {noBenchmark}.</li>}
        <li>{sampling.text}; risk-free rate 0.</li>
        <li>
          How many variants were tried elsewhere before this one was chosen, nobody can see in a run.{' '}
          <code className="figure">npx retrace audit</code> puts it on trial.
        </li>
      </ul>
    </>
  );
}

const MONTHS: readonly Column<Months[number]>[] = [
  { name: 'Month', cell: ({ period }) => <span className="figure">{period}</span> },
  { ...{ name: 'Change', right: true }, cell: ({ change }) => <Figure text={change} signed /> },
  {
    ...{ name: 'Return', right: true },
    cell: ({ return: back }) => <Figure text={back === null ? null : (back * 100).toFixed(2)} signed unit="%" />,
  },
];
const ByMonth = ({ months }: Readonly<{ months: Months }>) => (
  <Panel title="By month" count={months.length} className="max-h-72">
    <Table label="What each month brought" columns={MONTHS} rows={months} keyOf={({ period }) => period} />
  </Panel>
);
