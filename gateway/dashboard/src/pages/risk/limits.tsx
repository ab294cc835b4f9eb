/** The limits of each scope. Losses move with the market: what is used of them is told live where an account is held against them. */
import { type Limit, useAsked, type Whole } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { Answer, ReadAgain } from '../../ui/answers.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { aboutLimit, mostOf, nameOfLimit, nearness, percent } from './limit-words.ts';

type Usage = Limit['usage'][number];

export function Limits() {
  const asked = useAsked<Whole<Limit>>('/api/v1/limits', { kept: true });
  const equity = useRows('equity');
  const losses = new Map(equity.rows.map(({ row }) => [row.account, { day: row.dayLoss, drawdown: row.drawdown }] as const));
  const scopes = new Map<string, Limit[]>();
  for (const limit of asked.data?.items ?? []) {
    const key = limit.scope === 'global' ? 'the whole desk' : `${limit.scope} ${limit.of}`;
    scopes.set(key, [...(scopes.get(key) ?? []), limit]);
  }
  return (
    <Panel
      title="Limits"
      {...(asked.data === undefined ? {} : { count: `as of number ${asked.data.seq}` })}
      tools={<ReadAgain of={asked} />}
    >
      <Answer of={asked} lines={6}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="No limit is set." />
          ) : (
            [...scopes].map(([scope, limits]) => (
              <section key={scope} aria-label={`Limits of ${scope}`} className="border-t border-line/60 px-3 py-2 first:border-t-0">
                <h3 className="text-xs font-semibold text-dim">{scope}</h3>
                <ul className="mt-1 flex flex-col gap-1.5">
                  {limits.map((limit) => (
                    <One key={limit.name} of={limit} usage={limit.usage.map((usage) => nowOf(limit, usage, losses.get(usage.account)))} />
                  ))}
                </ul>
              </section>
            ))
          )
        }
      </Answer>
    </Panel>
  );
}

type Losses = Readonly<{ day: string; drawdown: string }> | undefined;

/** Of an account's own book the line tells more newly than was asked. */
function nowOf({ name, most }: Limit, usage: Usage, losses: Losses): Usage {
  if (losses === undefined || usage.of !== usage.account) return usage;
  const used = name === 'maxDrawdown' ? losses.drawdown : name === 'softDailyLoss' || name === 'hardDailyLoss' ? losses.day : null;
  if (used === null) return usage;
  const lost = used.startsWith('-') ? '0' : used;
  return { ...usage, used: lost, share: Number(most) === 0 ? 1 : Number(lost) / Number(most) };
}

const BARS = { good: 'bg-good', warn: 'bg-warn', stop: 'bg-stop' } as const;

function One({ of, usage }: Readonly<{ of: Limit; usage: readonly Usage[] }>) {
  const { text, unit } = mostOf(of);
  return (
    <li data-limit={of.name}>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">{nameOfLimit(of.name)}</span>
        <span className="text-xs text-faint">{aboutLimit(of.name)}</span>
        <span className="ml-auto">
          <Figure text={text} unit={unit} />
        </span>
      </div>
      {usage.map((one) => {
        const { tone, word } = nearness(one.share);
        const name = one.of === one.account ? one.account : `${one.of} of ${one.account}`;
        return (
          <div key={`${one.account} ${one.of}`} className="mt-0.5 flex items-center gap-2 text-xs">
            <span className="w-36 shrink-0 truncate text-dim" title={name}>
              {name}
            </span>
            <span aria-hidden className="h-2 flex-1 overflow-hidden rounded-full bg-raised">
              <span className={`block h-full ${BARS[tone]}`} style={{ width: `${Math.min(100, one.share * 100)}%` }} />
            </span>
            <span className="w-32 shrink-0 text-right">
              <Figure text={one.used} />
              {' · '}
              <span className={tone === 'good' ? 'text-faint' : tone === 'warn' ? 'font-semibold text-warn' : 'font-bold text-stop'}>
                {percent(one.share)}
                {tone === 'good' ? '' : `, ${word}`}
              </span>
            </span>
          </div>
        );
      })}
    </li>
  );
}
