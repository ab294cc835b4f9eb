/** Strategy documents from files: text to what it compiles to, or to every fault of it at once. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { versionOf } from '#engine/strategy/language/canonical.ts';
import type { Document } from '#engine/strategy/language/document.ts';
import { compileStrategy } from '#engine/strategy/language/language.ts';
import type { LanguageFault } from '#engine/strategy/language/source.ts';
import { STANDARD_CATALOGUE } from '#engine/strategy/language/standard-catalogue.ts';
import type { Strategy } from '#engine/strategy/strategy.ts';
import type { Sha256 } from '#engine/values.ts';
import { readStrategyText } from '#infra/config/strategy-file.ts';
import { nodeDigest } from '../compose/digest.ts';

export type CompiledDocument = Readonly<{ strategy: Strategy; version: Sha256; document: Document; place: string }>;

export const compiledDocument = (path: string): CompiledDocument | readonly LanguageFault[] =>
  compiledText(readFileSync(path, 'utf8'), path);

export function compiledText(text: string, place: string): CompiledDocument | readonly LanguageFault[] {
  const { source, faults } = readStrategyText(text, basename(place));
  if (source === null) return faults;
  const compiled = compileStrategy(source, STANDARD_CATALOGUE);
  if (!compiled.ok) return compiled.faults;
  const { strategy, document } = compiled;
  return { strategy, document, version: versionOf(document, nodeDigest), place };
}
