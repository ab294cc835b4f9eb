/** What a strategy is: its parameters with their bounds, what it listens to, where it comes from. */
import { Link } from '@tanstack/react-router';
import type { RestStrategyDetail, StrategyParameter } from '#gateway/contracts/rest-strategies.ts';
import { Badge } from '../../ui/badge.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { span } from '../../zone.ts';

export function About({ of }: Readonly<{ of: RestStrategyDetail }>) {
  const { about, version, kept, keptAt, deployed, subscriptions, markets, parameters } = of;
  const named = Object.entries(parameters).map(([name, spec]) => ({ name, spec }));
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
      <Panel title="What it is">
        <p className="px-3 pt-2 text-base">{about}</p>
        <Facts>
          <Fact name="Version">
            <code className="figure text-xs break-all whitespace-normal">{version}</code>
          </Fact>
          <Fact name="Comes from">
            {kept === 'kept' ? (
              <>
                kept here, <Moment us={keptAt} detail="seconds" date />
              </>
            ) : (
              FROM[kept]
            )}
          </Fact>
          <Fact name="On this desk">
            {deployed.length === 0 ? (
              <span className="text-dim">it is not deployed</span>
            ) : (
              <>
                {deployed.join(', ')}{' '}
                <Link to={'/system' as '/'} className="text-accent underline underline-offset-3">
                  its state
                </Link>
              </>
            )}
          </Fact>
          <Fact name="Listens to">{listens(subscriptions)}</Fact>
          {markets.map(({ name, timeframeUs, about: said }, index) => (
            <Fact key={name} name={`Market ${name}`}>
              {timeframeUs === null ? 'bars of any length' : `bars of ${span(timeframeUs / 1_000)}`}
              {index === 0 ? ', traded' : ''}
              {said === '' ? '' : `; ${said}`}
            </Fact>
          ))}
        </Facts>
      </Panel>
      <Panel title="Parameters" count={named.length}>
        {named.length === 0 ? (
          <p className="p-3 text-dim">It has none: there is nothing to set.</p>
        ) : (
          <Table label="Parameters" columns={COLUMNS} rows={named} keyOf={({ name }) => name} />
        )}
      </Panel>
    </div>
  );
}

const FROM = { bundled: 'this build itself', shipped: 'a file shipped with this build' } as const;
const listens = (streams: number | null): string =>
  streams === null ? 'any number of candle streams' : streams === 1 ? 'one candle stream' : `${streams} candle streams`;

type Row = Readonly<{ name: string; spec: StrategyParameter }>;
const COLUMNS: readonly Column<Row>[] = [
  { name: 'Name', cell: ({ name }) => <span className="figure font-medium">{name}</span> },
  { name: 'Type', wide: true, cell: ({ spec }) => <Badge tone="calm">{spec.kind}</Badge> },
  { name: 'Standard', right: true, cell: ({ spec }) => <span className="figure">{String(spec.standard)}</span> },
  { name: 'May be', cell: ({ spec }) => <span className="figure text-dim">{bounds(spec)}</span> },
  { name: 'What it changes', cell: ({ spec }) => spec.about },
];

export function bounds(spec: StrategyParameter): string {
  switch (spec.kind) {
    case 'flag':
      return 'true, false';
    case 'choice':
      return spec.of.join(', ');
    default:
      return `${spec.least} to ${spec.most}`;
  }
}
