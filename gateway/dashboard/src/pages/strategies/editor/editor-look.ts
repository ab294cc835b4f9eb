/** How an editor looks: the page's own colours, so that a theme changes it too. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const highlight = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--accent)' },
  {
    tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword],
    color: 'var(--replay)',
  },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--warn)' },
  { tag: [tags.typeName, tags.className, tags.namespace], color: 'var(--paper)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--faint)', fontStyle: 'italic' },
  { tag: [tags.separator, tags.brace, tags.squareBracket, tags.punctuation, tags.operator], color: 'var(--dim)' },
]);

const theme = (dark: boolean): Extension =>
  EditorView.theme(
    {
      '&': { height: '100%', fontSize: '0.8125rem', color: 'var(--ink)', backgroundColor: 'var(--ground)' },
      '&.cm-focused': { outline: 'none' },
      '.cm-scroller': {
        fontFamily: '"JetBrains Mono", ui-monospace, monospace',
        lineHeight: '1.55',
        fontVariantLigatures: 'none',
        scrollbarWidth: 'thin',
      },
      '.cm-content': { caretColor: 'var(--accent)', padding: '0.5rem 0' },
      '&.cm-focused .cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
      '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
        backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
      },
      '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--faint)', border: 'none' },
      '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--raised) 55%, transparent)' },
      '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
      '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--raised)', outline: '1px solid var(--edge)' },
      '.cm-lintRange-error': {
        backgroundImage: 'none',
        textDecoration: 'underline wavy var(--stop) 1.5px',
        textUnderlineOffset: '4px',
        textDecorationSkipInk: 'none',
      },
      '.cm-lintRange-active': { backgroundColor: 'color-mix(in srgb, var(--stop) 18%, transparent)' },
      '.cm-lint-marker-error': {
        content: 'none',
        width: '7px',
        height: '7px',
        margin: '7px 2px',
        borderRadius: '50%',
        background: 'var(--stop)',
      },
      '.cm-tooltip': {
        backgroundColor: 'var(--raised)',
        border: '1px solid var(--edge)',
        borderRadius: '6px',
        color: 'var(--ink)',
        fontFamily: '"Inter Variable", system-ui, sans-serif',
        fontSize: '0.75rem',
        maxWidth: 'min(30rem, 88vw)',
        boxShadow: '0 8px 24px oklch(0 0 0 / 0.35)',
      },
      '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: '"JetBrains Mono", ui-monospace, monospace', maxHeight: '15rem' },
      '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px', lineHeight: '1.5' },
      '.cm-tooltip-autocomplete ul li[aria-selected]': {
        backgroundColor: 'color-mix(in srgb, var(--accent) 24%, var(--raised))',
        color: 'var(--ink)',
      },
      '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
      '.cm-completionDetail': { color: 'var(--faint)', fontStyle: 'normal', marginLeft: '0.75em' },
      '.cm-tooltip.cm-completionInfo': { padding: '6px 10px', color: 'var(--dim)' },
      '.cm-diagnostic': { padding: '6px 10px', borderLeft: '3px solid var(--stop)' },
      '.cm-diagnosticAction': {
        backgroundColor: 'var(--accent)',
        color: 'var(--ground)',
        borderRadius: '4px',
        padding: '2px 8px',
        margin: '6px 6px 0 0',
        display: 'inline-block',
      },
      '.cm-word': { padding: '6px 10px' },
      '.cm-word code': { fontFamily: '"JetBrains Mono", ui-monospace, monospace', color: 'var(--accent)' },
      '.cm-word p': { margin: '2px 0 0', color: 'var(--dim)' },
      '.cm-is-function, .cm-is-indicator': { color: 'var(--paper)' },
      '.cm-is-keyword': { color: 'var(--replay)' },
      '.cm-is-number, .cm-is-unit, .cm-is-value': { color: 'var(--warn)' },
      '.cm-is-text': { color: 'var(--good)' },
      '.cm-is-own': { color: 'var(--good)' },
      '.cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--warn) 7%, transparent)' },
      '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': {
        background: 'color-mix(in srgb, var(--loss) 16%, transparent)',
        textDecoration: 'line-through var(--loss)',
      },
      '&.cm-merge-b .cm-changedText': {
        background: 'color-mix(in srgb, var(--gain) 16%, transparent)',
        textDecoration: 'underline var(--gain)',
      },
      '.cm-changeGutter': { width: '3px' },
      '.cm-changedLineGutter': { background: 'var(--warn)' },
      '.cm-collapsedLines': { color: 'var(--dim)', background: 'var(--raised)', fontSize: '0.75rem' },
      '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"…"', marginInline: '7px' },
    },
    { dark },
  );

export const lookOf = (dark: boolean): Extension => [theme(dark), syntaxHighlighting(highlight)];
