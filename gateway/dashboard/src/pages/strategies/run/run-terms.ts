/** A backtest as it is typed, judged field by field as the gateway will judge it, and as it is sent: what is left empty is left to what is standard. */
import type { BacktestBody } from '#gateway/contracts/rest-runs.ts';
import type { RestStrategyDetail, StrategyParameter } from '#gateway/contracts/rest-strategies.ts';

export type RunTerms = Readonly<{
  tapes: readonly string[];
  instruments: readonly string[];
  from: string;
  to: string;
  timeframe: string;
  cash: string;
  tags: string;
  /** By name; empty: standard. */
  set: Readonly<Record<string, string>>;
  markets: Readonly<Record<string, string>>;
  venue: Readonly<Record<string, string>>;
}>;
export const NO_TERMS: RunTerms = {
  ...{ tapes: [], instruments: [], from: '', to: '', timeframe: '', cash: '', tags: '' },
  ...{ set: {}, markets: {}, venue: {} },
};

/** A line of the venue, as the flag of `retrace backtest` has it. */
export type VenueLine = Readonly<{
  name: keyof BacktestBody['venue'];
  label: string;
  hint: string;
  of?: readonly string[];
  form?: RegExp;
  fault?: string;
}>;
const BASIS = { form: /^-?\d+(\.\d+)?$/, fault: 'a decimal number' };
const TICKS = { form: /^\d{1,6}$/, fault: 'a whole number' };
export const VENUE: readonly VenueLine[] = [
  { name: 'fee', label: "Taker's fee", hint: 'basis points; 5 unless said otherwise', ...BASIS },
  { name: 'maker-fee', label: "Maker's fee", hint: "basis points; a fifth of the taker's unless said otherwise", ...BASIS },
  {
    ...{ name: 'latency', label: 'Latency', hint: 'from a decision to the venue: 100ms, or seeded:20ms..200ms:7' },
    ...{
      form: /^(\d{1,6}(us|ms|s)|seeded:\d{1,6}(us|ms|s)\.\.\d{1,6}(us|ms|s)(:\d{1,9})?)$/,
      fault: 'a time like 100ms, or seeded:20ms..200ms:7',
    },
  },
  { name: 'fills', label: 'Fills', hint: 'lots: it shares what was traded; whole: at once', of: ['lots', 'whole'] },
  { name: 'limit-fills', label: 'Limits fill', hint: 'touch: at their price; through: only beyond it', of: ['touch', 'through'] },
  { name: 'slippage', label: 'Slippage, ticks', hint: 'that a taker pays more', ...TICKS },
  { name: 'slippage-bp', label: 'Slippage, bp', hint: 'that a taker pays more, of the price', ...TICKS },
  { name: 'spread', label: 'Spread, ticks', hint: 'where the data knows none', ...TICKS },
  {
    name: 'volume-share',
    label: 'Share of volume',
    hint: 'of a thousand lots traded at most so many, with lots',
    form: /^\d{1,4}$/,
    fault: 'a whole number',
  },
  { name: 'takers', label: 'Takers', hint: 'fact: at the trade or quote; book: walking the recorded book', of: ['fact', 'book'] },
  {
    ...{ name: 'borrow', label: 'Borrowing', hint: 'basis points a year for a short position, like 250@21:00' },
    ...{ form: /^\d{1,6}(\.\d{1,4})?(@\d\d:\d\d)?$/, fault: 'basis points, like 250 or 250@21:00' },
  },
];

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z)?$/;
const TIMEFRAME = /^\d{1,9}(s|m|h|d)$/;
const TAG = /^[\w.:-]{1,40}$/;

/** Markets beside the first; `own`: nothing tells which instrument it is, for its bars are as long as those of the first. */
export type OtherMarket = Readonly<{ name: string; about: string; own: boolean }>;

export function otherMarkets({ markets, subscriptions }: Pick<RestStrategyDetail, 'markets' | 'subscriptions'>): readonly OtherMarket[] {
  const main = markets[0];
  // a program says only how many streams it wants
  if (main === undefined)
    return Array.from({ length: Math.max(0, (subscriptions ?? 1) - 1) }, (_, index) => ({
      name: `market${index + 2}`,
      about: '',
      own: true,
    }));
  return markets
    .slice(1)
    .map(({ name, about, timeframeUs }) => ({ name, about, own: timeframeUs === null || timeframeUs === main.timeframeUs }));
}

/** By `set.fast`, `from` …; a field that is right has none. */
export function faultsOf(
  terms: RunTerms,
  parameters: RestStrategyDetail['parameters'],
  others: readonly OtherMarket[] = [],
): Readonly<Record<string, string>> {
  const { tapes, from, to, timeframe, cash, set, venue } = terms;
  const found: Record<string, string> = {};
  if (tapes.length === 0) found['tapes'] = 'choose at least one';
  for (const { name, own } of others) if (own && (terms.markets[name] ?? '') === '') found[`markets.${name}`] = 'which instrument is it?';
  const moments = { from, to };
  for (const [name, text] of Object.entries(moments))
    if (text.trim() !== '' && !MOMENT.test(text.trim())) found[name] = 'a day like 2022-01-01, or a moment like 2022-01-01T09:30Z';
  if (
    found['from'] === undefined &&
    found['to'] === undefined &&
    from.trim() !== '' &&
    to.trim() !== '' &&
    Date.parse(from) >= Date.parse(to)
  )
    found['to'] = 'it lies before the beginning';
  if (timeframe.trim() !== '' && !TIMEFRAME.test(timeframe.trim())) found['timeframe'] = 'a length of time like 5m';
  if (cash.trim() !== '' && !/^\d+(\.\d+)?$/.test(cash.trim())) found['cash'] = 'an amount like 100000';
  if (tagsOf(terms).some((tag) => !TAG.test(tag))) found['tags'] = 'words of letters, digits, points, colons and dashes';
  for (const [name, spec] of Object.entries(parameters)) {
    const fault = parameterFault(spec, (set[name] ?? '').trim());
    if (fault !== null) found[`set.${name}`] = fault;
  }
  for (const { name, form, fault } of VENUE) {
    const text = (venue[name] ?? '').trim();
    if (text !== '' && form !== undefined && !form.test(text)) found[`venue.${name}`] = fault!;
  }
  return found;
}

/** Empty: what is standard. */
function parameterFault(spec: StrategyParameter, text: string): string | null {
  if (text === '') return null;
  if (spec.kind === 'flag') return text === 'true' || text === 'false' ? null : 'true or false';
  if (spec.kind === 'choice') return spec.of.includes(text) ? null : `one of ${spec.of.join(', ')}`;
  const value = Number(text);
  const what = spec.kind === 'whole' ? 'a whole number' : 'a number';
  const fits =
    /^-?\d+(\.\d+)?$/.test(text) && (spec.kind !== 'whole' || Number.isSafeInteger(value)) && value >= spec.least && value <= spec.most;
  return fits ? null : `${what} from ${spec.least} to ${spec.most}`;
}

const tagsOf = ({ tags }: RunTerms): string[] => tags.split(/[\s,]+/).filter((tag) => tag !== '');

/** What is written of them, and nothing else: another setting is another run. */
export function bodyOf(strategy: string, terms: RunTerms, parameters: RestStrategyDetail['parameters']): Partial<BacktestBody> {
  const given = (texts: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(texts).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, text.trim()]]));
  const one = (name: 'from' | 'to' | 'timeframe' | 'cash') => (terms[name].trim() === '' ? {} : { [name]: terms[name].trim() });
  const set = given(terms.set).filter(([name]) => Object.hasOwn(parameters, name));
  return {
    ...{ strategy, tapes: [...terms.tapes], instruments: [...terms.instruments], tags: tagsOf(terms) },
    set: Object.fromEntries(set.map(([name, text]) => [name, asMeant(parameters[name]!, text)])),
    markets: Object.fromEntries(given(terms.markets)),
    venue: Object.fromEntries(given(terms.venue)),
    ...{ ...one('from'), ...one('to'), ...one('timeframe'), ...one('cash') },
  };
}

const asMeant = (spec: StrategyParameter, text: string): number | boolean | string =>
  spec.kind === 'flag' ? text === 'true' : spec.kind === 'choice' ? text : Number(text);

/** The same, for a terminal. */
export function commandOf(body: Partial<BacktestBody>): string {
  const word = (text: string): string => (/^[\w.,:@/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const each = (flag: string, texts: readonly string[]): string[] => texts.map((text) => `--${flag} ${word(text)}`);
  const pairs = (of: Readonly<Record<string, unknown>> | undefined): string[] =>
    Object.entries(of ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    `npx retrace backtest ${body.strategy}`,
    ...each('tape', body.tapes ?? []),
    ...each('set', pairs(body.set)),
    ...each('market', pairs(body.markets)),
    ...each('instrument', body.instruments ?? []),
    ...(['timeframe', 'from', 'to', 'cash'] as const).flatMap((name) => (body[name] === undefined ? [] : each(name, [body[name]]))),
    ...each('tag', body.tags ?? []),
    ...Object.entries(body.venue ?? {}).flatMap(([name, text]) => each(name, [String(text)])),
  ].join(' ');
}
