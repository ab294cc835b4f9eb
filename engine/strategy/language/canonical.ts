/**
 * The one way to write a document: fields in the order of the table, parameters by name, expressions printed from their trees. Comments, spaces
 * and needless parentheses do not change it; anything that can change a decision does. Its digest is the strategy's version.
 */
import { type Digest, hex } from '../../digest.ts';
import { type Sha256, sha256 } from '../../values.ts';
import {
  type Distance,
  type Document,
  measureWritten,
  type ParameterLine,
  type Sides,
  type Sizing,
  type Span,
  windowWritten,
} from './document.ts';
import { type Expression, printExpression } from './syntax.ts';
import { durationWritten } from './tokens.ts';

/** A document as nested texts, in canonical order. */
export type Written = string | readonly string[] | { readonly [key: string]: Written };

/** JSON text, which can be read again as the document it is of. */
export const canonicalOf = (document: Document): string => `${JSON.stringify(writtenOf(document), null, 2)}\n`;

export const versionOf = (document: Document, digest: Digest): Sha256 =>
  sha256(hex(digest.sha256(new TextEncoder().encode(canonicalOf(document)))));

export function writtenOf(document: Document): { readonly [key: string]: Written } {
  const { name, about, markets, definitions, entries, exits, hold, legs, sizing, sessions } = document;
  const parameters = [...document.parameters].sort((a, b) => (a.name < b.name ? -1 : 1));
  return present({
    name,
    about,
    parameters: named(parameters.map((line) => [line.name, parameterWritten(line)])),
    markets: named(markets.map((line) => [line.name, marketWritten(line)])),
    let: named(definitions.map((line) => [line.name, printExpression(line.expression)])),
    entries: entries === null ? null : sidesWritten(entries),
    exits: sidesWritten(exits),
    hold: hold === null ? null : sidesWritten(hold),
    legs: named(legs.map((leg) => [leg.market, printExpression(leg.weight)])),
    sizing: sizingWritten(sizing),
    stop: distanceWritten(document.stop),
    target: distanceWritten(document.target),
    trailing: distanceWritten(document.trailing),
    time_stop: spanWritten(document.timeStop),
    sessions:
      sessions === null
        ? null
        : present({
            hours: sessions.windows === null ? 'market' : null,
            utc: sessions.windows?.map(windowWritten) ?? null,
            flat_before: sessions.flatBeforeUs === null ? null : durationWritten(sessions.flatBeforeUs),
          }),
    cooldown: spanWritten(document.cooldown),
  });
}

/** Without what is not there. */
function present(given: Readonly<Record<string, Written | null>>): { readonly [key: string]: Written } {
  const kept = Object.entries(given).filter((entry): entry is [string, Written] => {
    const [, value] = entry;
    return value !== null && (typeof value === 'string' || Array.isArray(value) || Object.keys(value).length > 0);
  });
  return Object.fromEntries(kept);
}

const named = (lines: readonly (readonly [string, Written])[]): Written => Object.fromEntries(lines);
const printed = (expression: Expression | null): string | null => (expression === null ? null : printExpression(expression));
const sidesWritten = ({ long, short }: Sides): Written => present({ long: printed(long), short: printed(short) });

function parameterWritten(line: ParameterLine): Written {
  const { type, standard, least, most, step, of, about } = line;
  const measured = type !== 'flag' && type !== 'choice';
  return present({
    type,
    standard: typeof standard === 'number' ? measureWritten(type, standard) : String(standard),
    range: measured ? `${measureWritten(type, least)}..${measureWritten(type, most)}` : null,
    step: step === null ? null : measureWritten(type, step),
    of: type === 'choice' ? of : null,
    about,
  });
}

/** A market with nothing said of it is still there. */
function marketWritten({ timeframeUs, about }: Document['markets'][number]): Written {
  return {
    ...(timeframeUs === null ? {} : { timeframe: durationWritten(timeframeUs) }),
    ...(about === '' ? {} : { about }),
  };
}

function sizingWritten(sizing: Sizing): Written {
  switch (sizing.by) {
    case 'lots':
      return { lots: printExpression(sizing.lots) };
    case 'risk':
      return present({ risk_percent: printExpression(sizing.percent), most: printed(sizing.most) });
    case 'volatility':
      return present({
        volatility_percent: printExpression(sizing.percent),
        move: printExpression(sizing.move),
        most: printed(sizing.most),
      });
  }
}

function distanceWritten(line: Distance | null): Written | null {
  if (line === null) return null;
  return present({ [line.by]: printExpression(line.of), bars: line.by === 'atr' ? printed(line.bars) : null });
}

const spanWritten = (line: Span | null): Written | null => (line === null ? null : { [line.by]: printExpression(line.of) });
