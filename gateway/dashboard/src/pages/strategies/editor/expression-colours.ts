/** Colours the words of expressions, which to YAML are plain texts: what the language knows, what the document itself names, numbers and durations. */
import { syntaxTree } from '@codemirror/language';
import type { EditorState, Extension, Range } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { kindAt } from './completions.ts';
import { namesIn } from './document-shape.ts';

export function expressionColours(language: StrategyLanguage): Extension {
  const known = new Map<string, string>([
    ...language.words.map(({ word, kind }): [string, string] => [word, kind]),
    ...language.indicators.map(({ name }): [string, string] => [name, 'indicator']),
  ]);
  return ViewPlugin.fromClass(
    class {
      colours: DecorationSet;
      constructor(view: EditorView) {
        this.colours = coloured(view, language, known);
      }
      update({ view, docChanged, viewportChanged, startState, state }: ViewUpdate): void {
        if (docChanged || viewportChanged || syntaxTree(startState) !== syntaxTree(state)) this.colours = coloured(view, language, known);
      }
    },
    { decorations: ({ colours }) => colours },
  );
}

const WORD = /"[^"]*"|'[^']*'|[A-Za-z_]\w*|\d+(?:\.\d+)?[a-z]*/g;
const TEXTS = ['Literal', 'QuotedLiteral', 'BlockLiteralContent'];
const COLOURED = ['expression', 'value', 'duration'];

function coloured(view: EditorView, language: StrategyLanguage, known: ReadonlyMap<string, string>): DecorationSet {
  const { state } = view;
  const { parameters, definitions, markets } = namesIn(state.doc.toString());
  const own = new Set([...parameters, ...definitions, ...markets].map(({ name }) => name));
  const found: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges)
    syntaxTree(state).iterate({
      ...{ from, to },
      enter({ name, node }) {
        if (!TEXTS.includes(name)) return;
        const path = pathOf(node, state);
        if (path === null || !COLOURED.includes(kindAt(language, path) ?? '')) return;
        const quoted = name === 'QuotedLiteral' ? 1 : 0;
        const start = node.from + quoted;
        for (const { 0: word, index } of state.sliceDoc(start, node.to - quoted).matchAll(WORD)) {
          const is = /^\d/.test(word) ? 'number' : /^["']/.test(word) ? 'text' : own.has(word) ? 'own' : known.get(word);
          if (is !== undefined) found.push(Decoration.mark({ class: `cm-is-${is}` }).range(start + index, start + index + word.length));
        }
      },
    });
  return Decoration.set(found, true);
}

type Node = Readonly<{ name: string; from: number; to: number; parent: Node | null; firstChild: Node | null }>;

/** The keys it stands below; null where it is a key itself, or stands in a list. */
function pathOf(node: Node, state: EditorState): readonly string[] | null {
  const path: string[] = [];
  for (let at: Node | null = node; at !== null; at = at.parent) {
    if (at.name === 'Key' || at.name === 'Item') return null;
    const key = at.name === 'Pair' ? at.firstChild : null;
    if (key?.name === 'Key') path.unshift(state.sliceDoc(key.from, key.to).replace(/^(["'])(.*)\1$/, '$2'));
  }
  return path;
}
