/** Documents for the tests: written as plain objects, as a reader of files would hand them over. */
import { EXAMPLE_CATALOGUE } from './catalogue-examples.ts';
import type { Catalogue } from './check.ts';
import { type CompiledStrategy, compileStrategy } from './language.ts';
import { faultText, type SourceNode } from './source.ts';

export type Example = string | number | boolean | readonly Example[] | { readonly [key: string]: Example };

/** Every key on a line of its own; a text stands in the column after its key. */
export function sourceOf(example: Example): SourceNode {
  let line = 1;
  const node = (of: Example, column: number): SourceNode => {
    if (Array.isArray(of)) return { kind: 'list', value: of.map((item: Example) => node(item, column)), line, column };
    if (typeof of !== 'object') return { kind: 'text', value: String(of), line, column, indent: 1 };
    const at = { line, column };
    const value = Object.entries(of).map(([key, held]) => {
      line += 1;
      const place = { line, column: 1 };
      return { key, ...place, node: node(held, key.length + 3) };
    });
    return { kind: 'map', value, ...at };
  };
  return node(example, 1);
}

export const compiledExample = (example: Example, catalogue: Catalogue = EXAMPLE_CATALOGUE): CompiledStrategy =>
  compileStrategy(sourceOf(example), catalogue);

export function strategyExample(example: Example): Extract<CompiledStrategy, { ok: true }> {
  const compiled = compiledExample(example);
  if (!compiled.ok) throw new Error(compiled.faults.map(faultText).join('\n'));
  return compiled;
}

export function exampleFaults(example: Example): string[] {
  const compiled = compiledExample(example);
  return compiled.ok ? [] : compiled.faults.map(faultText);
}

/** The smallest document with this entry. */
export const enterLong = (long: string, more: { readonly [key: string]: Example } = {}): { readonly [key: string]: Example } => ({
  name: 'example',
  about: 'an example',
  entries: { long },
  sizing: { lots: 1 },
  ...more,
});

export const EMA_CROSS: Example = {
  name: 'ema-cross-document',
  about: 'the bundled crossing as a document',
  parameters: {
    fast: { type: 'whole', standard: 12, range: '1..1000', about: 'bars of the fast average' },
    slow: { type: 'whole', standard: 26, range: '2..5000', about: 'bars of the slow average' },
    lots: { type: 'whole', standard: 1, range: '1..1000000000', about: 'lots to hold' },
    sell_short: { type: 'flag', standard: true, about: 'sell short below the cross' },
  },
  let: { above: 'ema(close, fast) > ema(close, slow)' },
  hold: { long: 'above', short: 'sell_short and not above' },
  sizing: { lots: 'lots' },
};
