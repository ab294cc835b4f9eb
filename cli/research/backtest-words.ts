/** The command that makes a run of the catalogue again, from what it was begun with. What no flag can say, because it came from a file, is named and left out. */
import { minorText } from '#engine/decimal.ts';
import type { VenueSpec } from '#engine/execution/account.ts';
import { sampleByName, versionOf } from '#engine/strategy/samples.ts';
import type { Minor } from '#engine/values.ts';
import { iso } from '#replay/words.ts';
import type { BacktestSettings } from './backtest-settings.ts';
import { tiersText } from './venue-asked.ts';

export type Reproduced = Readonly<{ command: string; missing: readonly string[] }>;

/** `scale`: decimals of the currency. */
export function backtestWords(settings: BacktestSettings, scale: number): Reproduced {
  const { strategy, tapes, listens, timeframeUs, cash, venue, instruments } = settings;
  const reckoned = instruments.some(({ lots }) => lots !== null); // from the cash, and so again
  const [first] = tapes;
  const said = venueWords(venue);
  return {
    command: [
      'npx retrace backtest',
      nameOf(strategy),
      ...tapes.map(({ name }) => `--tape ${name}`),
      ...Object.entries(strategy.parameters).flatMap(([name, value]) => (name === 'lots' && reckoned ? [] : [`--set ${name}=${value}`])),
      ...instruments.map(({ id }) => `--instrument ${id}`),
      ...(listens[0]?.timeframeUs === timeframeUs ? [`--timeframe ${timeframeUs / 1_000_000}s`] : []),
      ...(first?.from == null ? [] : [`--from ${iso(first.from)}`]),
      ...(first?.to == null ? [] : [`--to ${iso(first.to)}`]),
      `--cash ${minorText(BigInt(cash) as Minor, scale)}`,
      ...said.words,
    ].join(' '),
    missing: [...said.missing, ...(listens.some(({ instrument }) => instrument !== null) ? ['--market'] : [])],
  };
}

/** Its name where that is this version still, else the beginning of the version, which is kept. */
function nameOf({ name, version }: BacktestSettings['strategy']): string {
  const bundled = sampleByName(name);
  return bundled !== null && versionOf(bundled) === version ? name : version.slice(0, 16);
}

const FLAG: Readonly<Record<string, (value: never) => string>> = {
  limitFills: (value) => `--limit-fills ${value}`,
  slippageTicks: (value) => `--slippage ${value}`,
  slippageBp: (value) => `--slippage-bp ${value}`,
  spreadTicks: (value) => `--spread ${value}`,
  volumePermille: (value) => `--volume-share ${value}`,
  walk: () => '--takers book',
  feeTiers: (value) => `--fee-tiers ${tiersText(value)}`,
};
const FROM_FILES: Readonly<Record<string, string>> = { borrow: '--borrow', funding: '--funding', moreLatency: '--latency' };

function venueWords({ takerFee, makerFee, fills, latencyUs, rejectAboveLots: _, moreLatency, ...more }: VenueSpec) {
  const ms = (us: number): string => `${us / 1_000}ms`;
  const seeded =
    moreLatency?.kind === 'seeded' ? `seeded:${ms(latencyUs)}..${ms(latencyUs + moreLatency.mostUs)}:${moreLatency.seed}` : null;
  const rest = Object.entries(more).filter(([, value]) => value !== null && value !== undefined);
  return {
    words: [
      ...[`--fee ${takerFee / 100}`, `--maker-fee ${makerFee / 100}`, `--latency ${seeded ?? ms(latencyUs)}`, `--fills ${fills}`],
      ...rest.flatMap(([name, value]) => (name in FLAG ? [FLAG[name]!(value as never)] : [])),
    ],
    missing: [
      ...rest.flatMap(([name]) => (name in FLAG ? [] : [FROM_FILES[name] ?? name])),
      ...(moreLatency != null && seeded === null ? ['--latency'] : []),
    ],
  };
}
