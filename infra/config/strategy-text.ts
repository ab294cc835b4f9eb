/** A strategy document as YAML for people: short parts in one line, conditions under each other. Read again it is the same document. */
import { isMap, type YAMLMap, Document as YamlDocument } from 'yaml';
import { writtenOf } from '#engine/strategy/language/canonical.ts';
import type { Document } from '#engine/strategy/language/document.ts';

/** Their names stand under each other; what each holds stands in one line. */
const LISTS: readonly string[] = ['parameters', 'markets'];
const UNDER_EACH_OTHER: readonly string[] = ['let', 'entries', 'exits', 'hold', 'legs'];

/** What is meant where markets are left out. */
const ANY_MARKET = JSON.stringify({ main: {} });

export function documentText(document: Document): string {
  // as it is read: every scalar is its text, so none needs quotes to stay one
  const { markets, ...rest } = writtenOf(document);
  const yaml = new YamlDocument(JSON.stringify(markets) === ANY_MARKET ? rest : { ...writtenOf(document) }, { schema: 'failsafe' });
  for (const { key, value } of (yaml.contents as YAMLMap<{ value: string }>).items) {
    if (!isMap(value) || UNDER_EACH_OTHER.includes(key.value)) continue;
    if (!LISTS.includes(key.value)) value.flow = true;
    else for (const { value: each } of value.items) if (isMap(each)) each.flow = true;
  }
  return yaml.toString({ lineWidth: 0 });
}
