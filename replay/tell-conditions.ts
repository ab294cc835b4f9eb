/**
 * What a strategy saw at a wake, in words: `fast 101.23 was not above slow 101.40; position already −1`. Numbers go by their names:
 * those in the table are prices in ticks or lots of the strategy's instrument, the rest is told as it is.
 */
import type { Condition } from '#engine/decisions.ts';
import type { Measures } from './words.ts';

/** What the bundled strategies call prices (or averages of them) and lots. */
const PRICES = [
  ...[
    'fast',
    'slow',
    'open',
    'high',
    'low',
    'close',
    'price',
    'last',
    'upper',
    'lower',
    'level',
    'entered',
    'entry',
    'exit',
    'stop',
    'limit',
  ],
  ...['atr', 'distance', 'channel', 'reference'],
];
const LOTS = ['held', 'target', 'lots', 'position', 'working', 'filled', 'remaining'];

export function tellCondition({ name, holds, numbers }: Condition, instrument: string | null, measures: Measures): string {
  const values = new Map<string, string>(numbers.map(([key, value]) => [key, figure(key, value, instrument, measures)]));
  const [, left = '', how = '', right = ''] = /^(.+) (above|below) (.+)$/.exec(name) ?? [];
  const compares = values.has(left) && values.has(right);
  const said = compares
    ? `${left} ${values.get(left)} was ${holds ? '' : 'not '}${how} ${right} ${values.get(right)}`
    : `${name} ${holds ? 'held' : 'did not hold'}`;
  const there = values.get('held');
  const already = there !== undefined && there === values.get('target');
  const rest = [...values].filter(
    ([key]) => !(compares && (key === left || key === right)) && !(already && (key === 'held' || key === 'target')),
  );
  const more = rest.length === 0 ? '' : ` (${rest.map(([key, value]) => `${key} ${value}`).join(', ')})`;
  return `${said}${more}${already ? `; position already ${there}` : ''}`;
}

function figure(name: string, value: number | bigint | string, instrument: string | null, measures: Measures): string {
  if (typeof value !== 'number' || instrument === null) return String(value);
  if (PRICES.includes(name)) return measures.average(instrument, value);
  return LOTS.includes(name) && Number.isSafeInteger(value) ? measures.quantity(instrument, value) : String(value);
}
