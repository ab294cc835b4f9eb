/** Two runs beside each other: what was asked differently, where they part first, their equity on one chart, every figure beside its other. */
import { ArrowLeft, ArrowLeftRight } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { RestComparison, RestRunPart } from '#gateway/contracts/rest-runs.ts';
import { pathOf, useAsked } from '../../asked.ts';
import { useActions } from '../../shell/actions.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { metricShown } from '../../ui/metrics.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useView } from '../../view.ts';
import { RunLink } from './run-link.tsx';
import { WatchAt } from './watch-link.tsx';

const TwoLines = lazy(() => import('./two-lines.tsx').then(({ TwoLines }) => ({ default: TwoLines })));

type Equity = Extract<RestRunPart, { part: 'equity' }>;
type MetricPair = RestComparison['metrics'][number];
type Props = Readonly<{ a: string; b: string; leave: () => void }>;

export function Compare({ a, b, leave }: Props) {
  const [, change] = useView();
  const { data, error, refetch } = useAsked<RestComparison>(pathOf('/api/v1/comparison', { a, b }));
  const turn = (): void => change({ compare: `${b},${a}` });
  useActions([
    { id: 'runs back', name: 'Back to all runs', group: 'Runs', keys: 'b', run: leave },
    { id: 'runs turn', name: 'The other way round', group: 'Runs', keys: 'x', run: turn },
  ]);
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-1">
        <Button small look="quiet" onClick={leave}>
          <ArrowLeft aria-hidden className="size-3" /> All runs
        </Button>
        <h2 className="text-sm">
          <Badge tone="accent">a</Badge> <RunLink run={a} className="figure font-semibold" /> <span className="text-faint">beside</span>{' '}
          <Badge tone="warn">b</Badge> <RunLink run={b} className="figure font-semibold" />
        </h2>
        <Button small look="quiet" onClick={turn}>
          <ArrowLeftRight aria-hidden className="size-3" /> The other way round
        </Button>
      </header>
      {error !== null ? (
        <Failed error={error} again={() => void refetch()} />
      ) : data === undefined ? (
        <Panel title="Comparing">
          <p className="px-3 pt-3 text-dim" role="status">
            Playing both again …
          </p>
          <Loading lines={8} />
        </Panel>
      ) : (
        <Beside of={data} a={a} b={b} />
      )}
    </>
  );
}

function Beside({ of, a, b }: Readonly<{ of: RestComparison; a: string; b: string }>) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-2">
        <Panel title="Equity of both" className="h-80 shrink-0" bodyClass="relative">
          <Ways a={a} b={b} />
        </Panel>
        <Parting of={of} a={a} b={b} />
        <Asked of={of} />
      </div>
      <Values of={of} />
    </div>
  );
}

function Ways({ a, b }: Readonly<{ a: string; b: string }>) {
  const [one, other] = [
    useAsked<Equity>(`/api/v1/runs/${encodeURIComponent(a)}/equity`),
    useAsked<Equity>(`/api/v1/runs/${encodeURIComponent(b)}/equity`),
  ];
  const error = one.error ?? other.error;
  if (error !== null)
    return (
      <div className="p-3">
        <Failed error={error} />
      </div>
    );
  if (one.data === undefined || other.data === undefined) return <Loading lines={6} />;
  if (one.data.items.length < 2 || other.data.items.length < 2) return <Empty title="One of them has fewer than two bars." />;
  return (
    <Suspense fallback={<Loading lines={6} />}>
      <TwoLines a={one.data} b={other.data} />
    </Suspense>
  );
}

function Parting({ of: { sameHash, parting }, a, b }: Readonly<{ of: RestComparison; a: string; b: string }>) {
  if (sameHash)
    return (
      <Panel title="Where they part">
        <Empty title="The hashes are equal: every decision is the same." />
      </Panel>
    );
  if (parting === null)
    return (
      <Panel title="Where they part">
        <Empty title="They did the same.">No order, refusal, fill or gate is another; the hashes differ by what was weighed before.</Empty>
      </Panel>
    );
  return (
    <Panel
      title="Where they part"
      count={parting.place === 0 ? 'from the first deed on' : `after ${parting.place} deeds that are the same`}
    >
      <Side name="a" run={a} did={parting.a} />
      <Side name="b" run={b} did={parting.b} />
    </Panel>
  );
}

type Did = NonNullable<NonNullable<RestComparison['parting']>['a']>;
const Side = ({ name, run, did }: Readonly<{ name: 'a' | 'b'; run: string; did: Did | null }>) => (
  <div className="flex items-baseline gap-2 border-t border-line/60 px-3 py-2 first:border-t-0" data-parting={name}>
    <Badge tone={name === 'a' ? 'accent' : 'warn'}>{name}</Badge>
    {did === null ? (
      <span className="text-dim">did nothing more</span>
    ) : (
      <div className="min-w-0">
        <p className="break-words">{did.said}</p>
        <p className="text-xs text-faint">
          <Moment us={did.at} date /> ·{' '}
          <WatchAt run={run} address={did.address}>
            {did.address}
          </WatchAt>
        </p>
      </div>
    )}
  </div>
);

const Asked = ({ of: { config } }: Readonly<{ of: RestComparison }>) => (
  <Panel title="Asked differently" count={config.length}>
    {config.length === 0 ? (
      <Empty title="They were asked for the same." />
    ) : (
      <Table
        label="Asked differently"
        rows={config}
        keyOf={({ field }) => field}
        columns={[
          { name: 'What', cell: ({ field }) => field },
          { name: 'a', cell: (row) => <Said text={row.a} /> },
          { name: 'b', cell: (row) => <Said text={row.b} /> },
        ]}
      />
    )}
  </Panel>
);

const Said = ({ text }: Readonly<{ text: string | null }>) =>
  text === null ? <span className="text-faint">–</span> : <span className="figure text-xs break-all whitespace-normal">{text}</span>;

/** Of a figure whose name says it. */
const UNSAID: readonly string[] = ['ratio', 'count'];

function Values({ of: { metrics } }: Readonly<{ of: RestComparison }>) {
  const [all, setAll] = useState(false);
  const differ = metrics.filter(({ a, b }) => a !== b);
  const shown = all ? metrics : differ;
  const cell = (value: MetricPair['a'], unit: string) =>
    value === null ? (
      <span className="text-faint">–</span>
    ) : (
      <Figure {...metricShown({ value, unit: UNSAID.includes(unit) ? '' : unit })} />
    );
  const columns: readonly Column<MetricPair>[] = [
    { name: 'Figure', cell: ({ name }) => name },
    { ...{ name: 'a', right: true }, cell: ({ a, unit }) => cell(a, unit) },
    { ...{ name: 'b', right: true }, cell: ({ b, unit }) => cell(b, unit) },
    { ...{ name: 'b − a', right: true, wide: true }, cell: ({ delta, unit }) => cell((delta as MetricPair['a']) ?? null, unit) },
  ];
  return (
    <Panel
      title="Figures"
      count={`${differ.length} of ${metrics.length} differ`}
      tools={
        <Button small look="quiet" aria-pressed={all} onClick={() => setAll(!all)}>
          {all ? 'Those that differ' : 'All of them'}
        </Button>
      }
    >
      {shown.length === 0 ? (
        <Empty title="Every figure is the same." />
      ) : (
        <Table label="Figures of both" columns={columns} rows={shown} keyOf={({ key }) => key} />
      )}
    </Panel>
  );
}
