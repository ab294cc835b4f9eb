/**
 * A strategy document compiled: everything wrong with it at once, or an ordinary Strategy with the document it was made from. The text of a
 * document is never run as code; it becomes closures over its own small language.
 */
import type { Strategy } from '../strategy.ts';
import { type Catalogue, checkDocument, type Program } from './check.ts';
import { type Document, readDocument } from './document.ts';
import { strategyOf } from './document-strategy.ts';
import { inOrder, type LanguageFault, type SourceNode } from './source.ts';

export type CompiledStrategy =
  | Readonly<{ ok: true; document: Document; program: Program; strategy: Strategy }>
  | Readonly<{ ok: false; faults: readonly LanguageFault[] }>;

export function compileStrategy(source: SourceNode, catalogue: Catalogue): CompiledStrategy {
  const { document, faults, broken } = readDocument(source);
  if (document === null) return { ok: false, faults };
  const checked = checkDocument(document, catalogue, broken);
  if (checked.program === null || faults.length > 0) return { ok: false, faults: inOrder([...faults, ...checked.faults]) };
  return { ok: true, document, program: checked.program, strategy: strategyOf(checked.program) };
}
