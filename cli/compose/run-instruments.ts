/** What a run trades, from its configuration and from what its venue says of itself; where the two differ both numbers are told. */
import { normalize, parseDecimal } from '#engine/decimal.ts';
import type { FeedSpec, Instrument } from '#engine/market/instrument.ts';
import { SYNTHETIC, syntheticInstruments } from '#engine/market/synthetic-instruments.ts';
import { type InstrumentId, type SourceId, sourceId } from '#engine/values.ts';
import { BadRunConfig, type Fault } from '#infra/config/faults.ts';
import type { ReadConfig } from '#infra/config/run-config.ts';
import type { RunConfig } from '#infra/config/run-schema.ts';

/** One row of the exchange's `GET /instruments`. */
export type VenueInstrument = Readonly<{
  symbol: string;
  tick: string;
  lot: string;
  multiplier: string;
  currency: string;
  currencyScale: number;
}>;

export const sourceOf = ({ feed }: RunConfig): SourceId => (feed.source === 'synthetic' ? SYNTHETIC : sourceId(feed.source));

/** The synthetic market's own definitions; a name it does not know is like a share at 100.00. */
const SYNTHETIC_TOLD: readonly VenueInstrument[] = syntheticInstruments(8).map(({ id, ...rest }) => ({ symbol: id, ...rest }));
const SYNTHETIC_OTHER = { tick: '0.01', lot: '1', multiplier: '1' };

/** `told` is what the venue of the feed lists; null for the synthetic market, which trades any name. */
export function runInstruments(
  { config, placeOf }: Pick<ReadConfig, 'config' | 'placeOf'>,
  told: readonly VenueInstrument[] | null,
): Instrument[] {
  const { account, instruments } = config;
  const faults: Fault[] = [];
  const fault = (path: string, why: string, remedy: string) => faults.push({ place: placeOf(path), path, why, remedy });
  const defined = instruments.map((one, index): Instrument => {
    const path = `instruments[${index + 1}]`;
    const listed = (told ?? SYNTHETIC_TOLD).find(({ symbol }) => symbol === one.symbol);
    if (told !== null && listed === undefined)
      fault(
        `${path}.symbol`,
        `${one.symbol} is not traded at the venue`,
        `it lists ${told.map(({ symbol }) => symbol).join(', ') || 'nothing'}`,
      );
    const base = listed ?? SYNTHETIC_OTHER;
    if (told !== null && listed !== undefined) {
      for (const key of ['tick', 'lot', 'multiplier'] as const)
        if (one[key] !== null && !equal(one[key], listed[key]))
          fault(`${path}.${key}`, `is ${one[key]}, and the venue says ${listed[key]}`, 'take the key out: the venue decides');
      if (listed.currency !== account.currency || listed.currencyScale !== account.currencyScale)
        fault(
          `${path}.symbol`,
          `${one.symbol} is paid in ${listed.currency} with ${listed.currencyScale} digits, the account in ${account.currency} with ${account.currencyScale}`,
          'change account.currency and account.currencyScale, or take it out',
        );
    }
    return {
      id: one.symbol as InstrumentId,
      version: 1,
      tick: one.tick ?? base.tick,
      lot: one.lot ?? base.lot,
      multiplier: one.multiplier ?? base.multiplier,
      currency: account.currency,
      currencyScale: account.currencyScale,
      calendar: one.calendar,
      feeds: [feedOf(config)],
    };
  });
  if (faults.length > 0) throw new BadRunConfig(faults);
  return defined;
}

function feedOf(config: RunConfig): FeedSpec {
  const { silent, mute, lag, lagDown, absurd, settle, faultsToDown, lateness, grace } = config.feed;
  return {
    source: sourceOf(config),
    latenessUs: lateness,
    graceUs: grace,
    silentUs: silent,
    muteUs: mute,
    lagUs: lag,
    lagDownUs: lagDown,
    absurdPermille: absurd,
    settleUs: settle,
    faultsToDown,
    fillFlat: false,
  };
}

function equal(a: string, b: string): boolean {
  const [x, y] = [normalize(parseDecimal(a)), normalize(parseDecimal(b))];
  return x.digits === y.digits && x.scale === y.scale;
}
