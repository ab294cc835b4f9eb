/** A strategy document from YAML or JSON text, as the tree the engine compiles. Knows the file format and nothing of what a document means. */
import { faultAt, type LanguageFault, type SourceNode } from '#engine/strategy/language/source.ts';
import { parseYaml, type Tree } from './yaml-tree.ts';

export type ReadStrategyFile = Readonly<{ source: SourceNode | null; faults: readonly LanguageFault[] }>;

/** `name` is what the faults of the file itself call it. */
export function readStrategyText(text: string, name: string): ReadStrategyFile {
  const { tree, faults } = parseYaml(text, name);
  if (tree === null || faults.length > 0) {
    return {
      source: null,
      faults: faults.map(({ place, path, why, remedy }) => {
        const [, line, column] = /:(\d+):(\d+)$/.exec(place) ?? [];
        return faultAt({ line: Number(line ?? 1), column: Number(column ?? 1) }, `${path === '' ? 'the file' : path} ${why}`, remedy);
      }),
    };
  }
  return { source: nodeOf(tree, text.split('\n')), faults: [] };
}

function nodeOf(tree: Tree, lines: readonly string[]): SourceNode {
  const { line, column } = tree.place;
  switch (tree.kind) {
    case 'text':
      return { kind: 'text', value: tree.text, ...textStart(tree.text, line, column, lines) };
    case 'list':
      return { kind: 'list', value: tree.items.map((item) => nodeOf(item, lines)), line, column };
    case 'map': {
      const value = [...tree.entries].map(([key, node]) => ({ key, ...tree.keys.get(key)!, node: nodeOf(node, lines) }));
      return { kind: 'map', value, line, column };
    }
  }
}

/** Where the first letter of a text stands: behind its quote, or in the line below the mark of a block. */
function textStart(text: string, line: number, column: number, lines: readonly string[]): { line: number; column: number; indent: number } {
  const mark = lines[line - 1]?.[column - 1] ?? '';
  if (mark === '"' || mark === "'") return { line, column: column + 1, indent: 1 };
  if ((mark === '|' || mark === '>') && text !== '') {
    for (let below = line; below < lines.length; below += 1) {
      const found = /\S/.exec(lines[below]!);
      if (found !== null) return { line: below + 1, column: found.index + 1, indent: found.index + 1 };
    }
  }
  return { line, column, indent: 1 };
}
