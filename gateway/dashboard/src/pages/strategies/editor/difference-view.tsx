/** Two texts beside each other, with what differs marked by colour and by line; what is the same is folded away. */
import { yaml } from '@codemirror/lang-yaml';
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useCallback } from 'react';
import { useLook } from '../../../look.ts';
import { lookOf } from './editor-look.ts';
import { useShaded } from './shaded.ts';

export type Side = Readonly<{ name: string; text: string }>;

export function DifferenceView({ before, after }: Readonly<{ before: Side; after: Side }>) {
  const { dark } = useLook();
  const open = useCallback(
    (root: ShadowRoot) => {
      const of = ({ name, text }: Side) => ({
        doc: text,
        extensions: [
          yaml(),
          lineNumbers(),
          EditorView.lineWrapping,
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
          lookOf(dark),
        ],
      });
      const view = new MergeView({
        a: of(before),
        b: of(after),
        root,
        parent: root,
        gutter: true,
        highlightChanges: true,
        collapseUnchanged: { margin: 3, minSize: 6 },
      });
      return () => view.destroy();
    },
    [before, after, dark],
  );
  const host = useShaded(open);
  return <div ref={host} data-editor="difference" className="max-h-full min-h-40 w-full overflow-auto" />;
}
