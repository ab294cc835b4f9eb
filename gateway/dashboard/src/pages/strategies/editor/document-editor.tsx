/** The editor of a strategy document: completes by the language and the text's own names, explains words, and marks faults where they stand. */
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionSource,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import { type Diagnostic, lintGutter, lintKeymap, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, keymap } from '@codemirror/view';
import { type RefObject, useEffect, useMemo } from 'react';
import type { StrategyLanguage } from '#gateway/contracts/rest-strategies.ts';
import { aboutWord, type Offer, offersAt } from './completions.ts';
import { expressionColours } from './expression-colours.ts';
import { type Fault, placeOf, wordsOf } from './fault-places.ts';
import { TextEditor } from './text-editor.tsx';

type Props = Readonly<{
  label: string;
  text: string;
  changed: (text: string) => void;
  readOnly: boolean;
  language: StrategyLanguage;
  /** Of which text they are told: where it is another by now, they stay where they moved to. */
  faults: Readonly<{ of: string; all: readonly Fault[] }> | null;
  view: RefObject<EditorView | null>;
}>;

export function DocumentEditor({ language, faults, view, ...rest }: Props) {
  const more = useMemo(() => writing(language), [language]);
  useEffect(() => {
    const opened = view.current;
    if (opened === null || faults === null || opened.state.doc.toString() !== faults.of) return;
    opened.dispatch(
      setDiagnostics(
        opened.state,
        faults.all.map((fault) => marked(faults.of, fault)),
      ),
    );
  }, [faults, view]);
  return <TextEditor {...rest} more={more} view={view} />;
}

const writing = (language: StrategyLanguage): Extension => [
  yaml(),
  expressionColours(language),
  EditorView.lineWrapping,
  lintGutter(),
  autocompletion({ override: [completing(language)], icons: false, activateOnTyping: true }),
  hoverTooltip(({ state }, at) => {
    const { from, to, text } = state.doc.lineAt(at);
    const [left, right] = [/[\w]*$/.exec(text.slice(0, at - from))![0], /^[\w]*/.exec(text.slice(at - from))![0]];
    const known = left + right === '' ? null : aboutWord(left + right, state.doc.toString(), language);
    if (known === null) return null;
    return { pos: at - left.length, end: Math.min(to, at + right.length), above: true, create: () => ({ dom: wordBox(known) }) };
  }),
  // while something is offered Tab does not lead out of the editor, also in the moment in which the offer is not taken yet
  keymap.of([
    { key: 'Tab', run: (view) => acceptCompletion(view) || completionStatus(view.state) === 'active' },
    ...completionKeymap,
    ...lintKeymap,
    { key: 'Shift-F8', run: previousDiagnostic },
  ]),
];

const completing =
  (language: StrategyLanguage): CompletionSource =>
  ({ state, pos, explicit }) => {
    const found = offersAt(state.doc.toString(), pos, language);
    if (found === null) return null;
    // between words nothing is offered unless asked for; behind a point, and where a line begins below a key, at once
    const begins = found.from < pos || state.sliceDoc(pos - 1, pos) === '.';
    if (!begins && !explicit) return null;
    return { from: found.from, options: found.offers.map(completionOf), validFor: /^[\w-]*$/ };
  };

/** What the text itself names comes first. */
const BOOST: Readonly<Record<Offer['kind'], number>> = {
  ...{ key: 0, choice: 9, parameter: 8, definition: 8, market: 7, output: 6, unit: 6, series: 5 },
  ...{ fact: 3, function: 2, indicator: 1, value: 0, keyword: 0 },
};

function completionOf({ label, kind, detail, about, put }: Offer): Completion {
  return {
    ...{ label, type: kind, detail, boost: BOOST[kind] },
    ...(about === '' ? {} : { info: about }),
    ...(put === null ? {} : { apply: (view, _, from, to) => insert(view, put, from, to) }),
  };
}

/** The line it stands in keeps its indentation; the caret goes where the mark is. */
function insert(view: EditorView, put: string, from: number, to: number): void {
  const caret = put.indexOf('|');
  const text = put.replace('|', '');
  view.dispatch({
    changes: { from, to, insert: text },
    selection: { anchor: from + (caret < 0 ? text.length : caret) },
    userEvent: 'input.complete',
    scrollIntoView: true,
  });
}

function marked(text: string, fault: Fault): Diagnostic {
  const { from, to, fix } = placeOf(text, fault);
  return {
    ...{ from, to, severity: 'error', message: wordsOf(fault) },
    ...(fix === null
      ? {}
      : { actions: [{ name: `write ${fix}`, apply: (view, at, end) => view.dispatch({ changes: { from: at, to: end, insert: fix } }) }] }),
  };
}

function wordBox({ form, about, more }: Readonly<{ form: string; about: string; more: readonly string[] }>): HTMLElement {
  const box = document.createElement('div');
  box.className = 'cm-word';
  const code = document.createElement('code');
  code.textContent = form;
  box.append(code);
  for (const line of [about, ...more]) {
    const said = document.createElement('p');
    said.textContent = line;
    box.append(said);
  }
  return box;
}
