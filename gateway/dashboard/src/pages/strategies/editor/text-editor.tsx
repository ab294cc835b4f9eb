/** An editor of text as a part of a page: it owns what is typed, and says it; what it marks and completes is handed to it. */
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import { useLook } from '../../../look.ts';
import { lookOf } from './editor-look.ts';
import { useShaded } from './shaded.ts';

type Props = Readonly<{
  label: string;
  /** Another one than it said itself is put in, as one change that can be undone. */
  text: string;
  changed?: (text: string) => void;
  readOnly?: boolean;
  /** Language, completion, marks: fixed while it is open. */
  more: Extension;
  /** Holds the editor while it is open. */
  view?: RefObject<EditorView | null>;
}>;

/** What changes while an editor is open, of every editor. */
const [LOOK, FIXED] = [new Compartment(), new Compartment()];

export function TextEditor({ label, text, changed, readOnly = false, more, view: given }: Props) {
  const { dark } = useLook();
  const own = useRef<EditorView | null>(null);
  const view = given ?? own;
  // what it is opened with; what changes later is told to it below
  const first = useRef({ text, changed, dark, readOnly });
  first.current = { text, changed, dark, readOnly };
  const open = useCallback(
    (root: ShadowRoot) => {
      const { text, dark, readOnly } = first.current;
      const opened = new EditorView({
        root,
        parent: root,
        state: EditorState.create({
          doc: text,
          extensions: [
            more,
            lineNumbers(),
            highlightActiveLine(),
            highlightActiveLineGutter(),
            drawSelection(),
            history(),
            bracketMatching(),
            closeBrackets(),
            indentOnInput(),
            keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
            LOOK.of(lookOf(dark)),
            FIXED.of(EditorState.readOnly.of(readOnly)),
            EditorState.tabSize.of(2),
            EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off', tabindex: '0' }),
            EditorView.updateListener.of(({ docChanged, state }) => {
              if (docChanged) first.current.changed?.(state.doc.toString());
            }),
          ],
        }),
      });
      view.current = opened;
      return () => {
        view.current = null;
        opened.destroy();
      };
    },
    [more, label, view],
  );
  const host = useShaded(open);
  useEffect(() => {
    view.current?.dispatch({
      effects: [LOOK.reconfigure(lookOf(dark)), FIXED.reconfigure(EditorState.readOnly.of(readOnly))],
    });
  }, [dark, readOnly, view]);
  useEffect(() => {
    const opened = view.current;
    if (opened === null || opened.state.doc.toString() === text) return;
    opened.dispatch({ changes: { from: 0, to: opened.state.doc.length, insert: text } });
  }, [text, view]);
  return <div ref={host} data-editor={label} className="h-full min-h-0 w-full overflow-hidden" />;
}
