/** Figures in their groups, each with its formula and what went into it; where there is none, why. */
import { Figure } from './figure.tsx';

export type Metric = Readonly<{
  key: string;
  group: string;
  name: string;
  value: number | string | null;
  unit: string;
  formula: string;
  inputs: readonly Readonly<{ name: string; value: number | string | null }>[];
  reason: string | null;
}>;

/** As many digits as can be told apart at a glance; the whole number stands beside it when pointed at. */
export function metricShown({ value, unit }: Pick<Metric, 'value' | 'unit'>): Readonly<{ text: string; unit: string }> {
  if (typeof value === 'string') return { text: value, unit: '' };
  if (unit === 'fraction') return { text: (value! * 100).toFixed(2), unit: '%' };
  return { text: Number.isInteger(value) ? String(value) : value!.toFixed(3), unit: unit === 'money' ? '' : unit };
}

export function Metrics({ of }: Readonly<{ of: readonly Metric[] }>) {
  const groups = [...new Set(of.map(({ group }) => group))];
  return groups.map((group) => (
    <section key={group} aria-label={group} className="border-t border-line/60 px-3 py-2 first:border-t-0">
      <h3 className="mb-0.5 text-xs font-semibold text-dim">{group}</h3>
      {of
        .filter((metric) => metric.group === group)
        .map((metric) => (
          <One key={metric.key} of={metric} />
        ))}
    </section>
  ));
}

const One = ({ of }: Readonly<{ of: Metric }>) => (
  <details data-metric={of.key}>
    <summary className="flex items-baseline gap-2 py-px">
      <span>{of.name}</span>
      <span className="ml-auto" title={of.value === null ? undefined : String(of.value)}>
        {of.value === null ? <span className="text-xs text-faint">none: {of.reason}</span> : <Figure {...metricShown(of)} />}
      </span>
    </summary>
    <div className="mb-1 rounded-[5px] bg-raised px-2 py-1 text-xs">
      <p>{of.formula}</p>
      <dl className="mt-0.5 flex flex-wrap gap-x-3 text-2xs text-faint">
        {of.inputs.map(({ name, value }) => (
          <div key={name} className="flex gap-1">
            <dt>{name}</dt>
            <dd className="figure text-dim">{value === null ? 'none' : String(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  </details>
);
