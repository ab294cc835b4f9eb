/** The text of a program, to be read. */
import { javascript } from '@codemirror/lang-javascript';
import { EditorView } from '@codemirror/view';
import { TextEditor } from './text-editor.tsx';

const TYPESCRIPT = [javascript({ typescript: true }), EditorView.lineWrapping];

export const ProgramView = ({ label, text }: Readonly<{ label: string; text: string }>) => (
  <TextEditor label={label} text={text} readOnly more={TYPESCRIPT} />
);
