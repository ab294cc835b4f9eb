/**
 * What may be written at a place of a strategy document, by the language as the gateway tells it and the names this document declares. Offers only; what
 * is right the gateway judges.
 */
import type { StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { type Declared, fieldOf, type Names, namesIn, spotAt } from './document-shape.ts';

export type Offer = Readonly<{
  label: string;
  kind:
    | 'key'
    | 'choice'
    | 'parameter'
    | 'market'
    | 'definition'
    | 'series'
    | 'fact'
    | 'value'
    | 'function'
    | 'indicator'
    | 'output'
    | 'unit'
    | 'keyword';
  /** In a word or two, behind the name. */
  detail: string;
  about: string;
  /** What is put in, where that is more than the name; the caret stands at `|`. */
  put: string | null;
}>;
export type Offers = Readonly<{ from: number; offers: readonly Offer[] }>;

type Place = StrategyLanguage['places'][number];

export function offersAt(text: string, at: number, language: StrategyLanguage): Offers | null {
  let spot = spotAt(text, at);
  if (spot.is === 'nowhere') return null;
  // a line below the key of an expression goes on with it
  if (spot.is === 'key' && kindAt(language, spot.path) === 'expression')
    spot = { is: 'value', path: spot.path, before: spot.typed, inText: false };
  if (spot.is === 'key') {
    const offers = keyOffers(spot, placeAt(language, spot.path), namesIn(text));
    return offers.length === 0 ? null : { from: at - spot.typed.length, offers };
  }
  const kind = kindAt(language, spot.path);
  const typed = /[A-Za-z_][\w-]*$/.exec(spot.before)?.[0] ?? '';
  if (kind === 'choice') {
    const words = lineAt(language, spot.path)?.of ?? [];
    return { from: at - typed.length, offers: words.map((word) => offer(word, 'choice', '', lineAt(language, spot.path)!.about)) };
  }
  if (kind === 'value' && spot.path.at(-1) === 'standard') return standardOffers(text, at, spot.path, typed);
  if (kind === 'duration' || kind === 'expression' || kind === 'value') {
    const digits = /(?<![\w.])\d+(?:\.\d+)?([a-z]*)$/.exec(spot.before);
    if (digits !== null)
      return kind === 'value'
        ? null
        : {
            from: at - digits[1]!.length,
            offers: language.units.map((unit) => offer(unit, 'unit', UNITS[unit] ?? '', 'a length of time')),
          };
  }
  return kind === 'expression' ? expressionOffers(text, at, spot, language) : null;
}

/** What is known of a word, wherever it stands. */
export function aboutWord(
  word: string,
  text: string,
  language: StrategyLanguage,
): Readonly<{ form: string; about: string; more: readonly string[] }> | null {
  const indicator = language.indicators.find(({ name }) => name === word);
  if (indicator !== undefined)
    return {
      ...{ form: indicator.form, about: indicator.about },
      more: [
        ...indicator.parameters.map(
          (wanted) => `${wanted.name}: ${wanted.about}; ${wanted.least} to ${wanted.most}, ${wanted.standard} when left out`,
        ),
        ...(indicator.outputs.length > 1 ? [`gives ${indicator.outputs.join(', ')}`] : []),
      ],
    };
  const found = language.words.find((one) => one.word === word);
  if (found !== undefined) return { form: found.form, about: found.about, more: found.is === null ? [] : [`is ${found.is}`] };
  const { parameters, markets, definitions } = namesIn(text);
  const named = (all: readonly Declared[]): Declared | undefined => all.find(({ name }) => name === word);
  const parameter = named(parameters);
  if (parameter !== undefined)
    return { form: word, about: fieldOf(parameter, 'about') ?? 'a parameter', more: [parameterDetail(parameter)] };
  const definition = named(definitions);
  if (definition !== undefined) return { form: word, about: `stands for ${definition.written.replace(/^["']|["']$/g, '')}`, more: [] };
  const market = named(markets);
  if (market !== undefined) return { form: word, about: fieldOf(market, 'about') ?? 'a market of this document', more: [] };
  const key = language.places.flatMap(({ keys }) => keys).find((line) => line.key === word);
  return key === undefined ? null : { form: `${word}:`, about: key.about, more: [] };
}

const UNITS: Readonly<Record<string, string>> = { ms: 'milliseconds', s: 'seconds', m: 'minutes', h: 'hours', d: 'days' };

const offer = (label: string, kind: Offer['kind'], detail: string, about: string, put: string | null = null): Offer => ({
  ...{ label, kind, detail, about, put },
});

// ---------------------------------------------------------------- places

function placeAt(language: StrategyLanguage, path: readonly string[]): Place | null {
  return (
    language.places.find(({ at }) => {
      const parts = at === '' ? [] : at.split('.');
      return parts.length === path.length && parts.every((part, index) => part === '*' || part === path[index]);
    }) ?? null
  );
}

const lineAt = (language: StrategyLanguage, path: readonly string[]) =>
  placeAt(language, path.slice(0, -1))?.keys.find(({ key }) => key === path.at(-1)) ?? null;

/** What stands behind the last key of the path; of a text of several lines, behind the key that begins it. */
export const kindAt = (language: StrategyLanguage, path: readonly string[]) =>
  lineAt(language, path)?.kind ?? placeAt(language, path.slice(0, -1))?.names ?? null;

function keyOffers(
  { path, used, flow }: Readonly<{ path: readonly string[]; used: ReadonlySet<string>; flow: boolean }>,
  place: Place | null,
  names: Names,
): readonly Offer[] {
  if (place === null) return [];
  // a leg is a market of this document
  if (path.join('.') === 'legs')
    return names.markets
      .filter(({ name }) => !used.has(name))
      .map((market) => offer(market.name, 'market', '', fieldOf(market, 'about') ?? '', `${market.name}: |`));
  const below = '  '.repeat(path.length + 1);
  return place.keys
    .filter(({ key }) => !used.has(key))
    .map(({ key, kind, about, need }) => {
      const opens = kind === 'section' || kind === 'named';
      return offer(key, 'key', need ? 'needed' : '', about, opens && !flow ? `${key}:\n${below}|` : opens ? `${key}: { | }` : `${key}: |`);
    });
}

/** Of a parameter: by its type, which stands beside it. */
function standardOffers(text: string, at: number, path: readonly string[], typed: string): Offers | null {
  const parameter = namesIn(text).parameters.find(({ name }) => name === path[1]);
  if (parameter === undefined) return null;
  const type = fieldOf(parameter, 'type');
  const words = type === 'flag' ? ['true', 'false'] : type === 'choice' ? wordsOf(parameter) : [];
  return words.length === 0
    ? null
    : { from: at - typed.length, offers: words.map((word) => offer(word, 'choice', '', 'its value where a deployment says nothing')) };
}

const wordsOf = (parameter: Declared): readonly string[] =>
  (fieldOf(parameter, 'of') ?? '')
    .replace(/^\[|\]$/g, '')
    .split(/[,\n]/)
    .map((word) =>
      word
        .trim()
        .replace(/^-\s*/, '')
        .replace(/^(["'])(.*)\1$/, '$2'),
    )
    .filter((word) => word !== '');

// ---------------------------------------------------------------- expressions

type Spot = Readonly<{ path: readonly string[]; before: string; inText: boolean }>;

function expressionOffers(text: string, at: number, { path, before, inText }: Spot, language: StrategyLanguage): Offers | null {
  const names = namesIn(text);
  if (inText) {
    const typed = /[^'"]*$/.exec(before)![0];
    const words = names.parameters.flatMap(wordsOf);
    return words.length === 0
      ? null
      : { from: at - typed.length, offers: [...new Set(words)].map((word) => offer(word, 'choice', '', 'a word of a choice')) };
  }
  const typed = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? '';
  const from = at - typed.length;
  const left = before.slice(0, before.length - typed.length);
  if (left.endsWith('.')) {
    const offers = memberOffers(left.slice(0, -1), names, language);
    return offers.length === 0 ? null : { from, offers };
  }
  // a definition uses those above it; everything else may use all
  const own = path[0] === 'let' ? names.definitions.findIndex(({ name }) => name === path[1]) : -1;
  const definitions = own < 0 ? names.definitions : names.definitions.slice(0, own);
  const offers = [
    ...names.parameters.map((one) => offer(one.name, 'parameter', parameterDetail(one), fieldOf(one, 'about') ?? '')),
    ...definitions.map((one) => offer(one.name, 'definition', '', one.written.replace(/^["']|["']$/g, ''))),
    ...names.markets.map((one) =>
      offer(one.name, 'market', fieldOf(one, 'timeframe') ?? '', fieldOf(one, 'about') ?? 'a market of this document', `${one.name}.|`),
    ),
    ...language.words.map((one) => offer(one.word, one.kind, one.is ?? '', one.about, one.form.endsWith(')') ? `${one.word}(|)` : null)),
    ...language.indicators.map((one) => indicatorOffer(one)),
  ];
  return { from, offers };
}

function indicatorOffer({ name, form, about, series }: StrategyLanguage['indicators'][number]): Offer {
  return offer(name, 'indicator', form.slice(name.length), about, series > 0 ? `${name}(close|)` : `${name}(|)`);
}

function parameterDetail(parameter: Declared): string {
  const type = fieldOf(parameter, 'type') ?? 'parameter';
  const range = fieldOf(parameter, 'range');
  return range === null ? type : `${type}, ${range}`;
}

/** Behind a point: a market's series and indicators, or what an indicator gives. */
function memberOffers(base: string, names: Names, language: StrategyLanguage): readonly Offer[] {
  const name = /[A-Za-z_]\w*$/.exec(base)?.[0] ?? null;
  if (name !== null && names.markets.some((market) => market.name === name))
    return [
      ...language.words.filter(({ kind }) => kind === 'series').map(({ word, about, is }) => offer(word, 'series', is ?? '', about)),
      ...language.indicators.filter(({ readsBars }) => readsBars).map(indicatorOffer),
    ];
  const called =
    name === null
      ? calledBefore(base)
      : (/^["']?\s*(?:\w+\.)?([A-Za-z_]\w*)\(/.exec(names.definitions.find((one) => one.name === name)?.written ?? '')?.[1] ?? null);
  const indicator = language.indicators.find((one) => one.name === called);
  return indicator === undefined || indicator.outputs.length < 2
    ? []
    : indicator.outputs.map((output) => offer(output, 'output', `of ${indicator.name}`, indicator.about));
}

/** `macd(close, max(1, n))`: macd. */
function calledBefore(base: string): string | null {
  if (!base.endsWith(')')) return null;
  let depth = 0;
  for (let at = base.length - 1; at >= 0; at--) {
    if (base[at] === ')') depth++;
    else if (base[at] === '(' && --depth === 0) return /[A-Za-z_]\w*$/.exec(base.slice(0, at))?.[0] ?? null;
  }
  return null;
}
