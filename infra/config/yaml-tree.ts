/**
 * YAML text as a tree of texts, each with its place; nothing is guessed to be a number or a truth here. Bounded before it is parsed: size,
 * depth and count, because the parser recurses. Anchors, aliases and tags are refused, so a small file cannot mean a large one.
 */
import { CST, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type Fault, shownKey } from './faults.ts';

export type Place = Readonly<{ line: number; column: number }>;
export type Tree =
  | Readonly<{ kind: 'text'; text: string; place: Place }>
  | Readonly<{ kind: 'map'; entries: ReadonlyMap<string, Tree>; keys: ReadonlyMap<string, Place>; place: Place }>
  | Readonly<{ kind: 'list'; items: readonly Tree[]; place: Place }>;

export const MOST_BYTES = 256 * 1024;
const MOST_TOKENS = 20_000;
const MOST_FLOW_DEPTH = 8;
const MOST_INDENT = 64;
const MOST_MARKS_A_LINE = 8;
/** Beyond these many the rest is a consequence of the first. */
const MOST_SYNTAX_FAULTS = 5;

export type ParsedYaml = Readonly<{ tree: Tree | null; faults: readonly Fault[] }>;

export function parseYaml(text: string, file: string): ParsedYaml {
  const fault = (at: Place | null, path: string, why: string, remedy: string): Fault => ({
    place: at === null ? file : `${file}:${at.line}:${at.column}`,
    path,
    why,
    remedy,
  });
  const refused = boundsFault(text, fault);
  if (refused !== null) return { tree: null, faults: [refused] };

  const counter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe', // every scalar is its text: 1000.00 stays 1000.00
    prettyErrors: false, // its excerpts would repeat the line, and what stands on it
    uniqueKeys: false, // judged below, in one pass
    lineCounter: counter,
    logLevel: 'error', // 'silent' would also be silent about a second document
  });
  const placeOf = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    const faults = document.errors.slice(0, MOST_SYNTAX_FAULTS).map((error) => {
      const [why, remedy] = syntaxSaid(error);
      return fault(placeOf(error.pos[0]), '', why, remedy);
    });
    return { tree: null, faults };
  }

  const faults: Fault[] = [];
  const read = (node: unknown, path: string, at: Place): Tree => {
    const range = (node as { range?: readonly number[] } | null)?.range;
    const place = range === undefined || range === null ? at : placeOf(range[0]!);
    if (isAlias(node)) {
      faults.push(fault(place, path, 'is an alias', 'write the value out; anchors and aliases are not read'));
      return { kind: 'text', text: '', place };
    }
    const { anchor, tag } = (node ?? {}) as { anchor?: string; tag?: string };
    if (anchor !== undefined) faults.push(fault(place, path, 'has an anchor', 'take it out; anchors and aliases are not read'));
    if (tag !== undefined) faults.push(fault(place, path, 'has a tag', 'take it out; the key says what its value is'));
    if (isMap(node)) return readMap(node.items, path, place);
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item, index) => read(item, `${path}[${index + 1}]`, place)), place };
    return { kind: 'text', text: isScalar(node) ? String(node.value ?? '') : '', place };
  };
  const readMap = (items: readonly { key: unknown; value: unknown }[], path: string, place: Place): Tree => {
    const entries = new Map<string, Tree>();
    const keys = new Map<string, Place>();
    for (const { key, value } of items) {
      const range = (key as { range?: readonly number[] } | null)?.range;
      const at = range === undefined || range === null ? place : placeOf(range[0]!);
      if (!isScalar(key)) {
        faults.push(fault(at, path, 'has a key that is no plain name', 'write name: value'));
        continue;
      }
      const name = String(key.value ?? '');
      const full = path === '' ? shownKey(name) : `${path}.${shownKey(name)}`;
      if (key.anchor !== undefined || key.tag !== undefined) faults.push(fault(at, full, 'has an anchor or a tag', 'write the plain name'));
      if (name === '<<') faults.push(fault(at, full, 'is no key here', 'write the values out; nothing is merged'));
      else if (RESERVED.includes(name)) faults.push(fault(at, path, 'has a key that no file may use', 'take it out'));
      else if (entries.has(name)) faults.push(fault(at, full, `stands twice, first in line ${keys.get(name)!.line}`, 'keep one of them'));
      else {
        keys.set(name, at);
        entries.set(name, read(value, full, at));
      }
    }
    return { kind: 'map', entries, keys, place };
  };
  const top: Place = { line: 1, column: 1 };
  const { contents } = document;
  const empty =
    contents === null || (isScalar(contents) && contents.value === '' && contents.anchor === undefined && contents.tag === undefined);
  const tree: Tree = empty ? { kind: 'map', entries: new Map(), keys: new Map(), place: top } : read(contents, '', top);
  if (tree.kind !== 'map') faults.push(fault(tree.place, '', 'is no list of keys', 'begin with a line like desk: my-desk'));
  return { tree: tree.kind === 'map' ? tree : null, faults };
}

/** Names that mean something to the language itself. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/** The lexer does not recurse: what would make the parser do so too deeply is seen here. */
function boundsFault(text: string, fault: (at: Place | null, path: string, why: string, remedy: string) => Fault): Fault | null {
  if (text.length > MOST_BYTES)
    return fault(null, '', `is ${text.length} characters long`, `at most ${MOST_BYTES} are read; is it the right file?`);
  let [tokens, flow, marks, line, column] = [0, 0, 0, 1, 1];
  for (const token of new Lexer().lex(text)) {
    const at = { line, column };
    tokens += 1;
    if (tokens > MOST_TOKENS) return fault(at, '', `has more than ${MOST_TOKENS} parts`, 'is it the right file?');
    const type = CST.tokenType(token);
    if (type === 'newline') marks = 0;
    else if (type === 'space' && token.length > MOST_INDENT && column === 1)
      return fault(at, '', `is indented by more than ${MOST_INDENT}`, 'indent by two spaces a level');
    else if (type === 'flow-seq-start' || type === 'flow-map-start') {
      flow += 1;
      if (flow > MOST_FLOW_DEPTH) return fault(at, '', `is nested deeper than ${MOST_FLOW_DEPTH} brackets`, 'write it in lines');
    } else if (type === 'flow-seq-end' || type === 'flow-map-end') flow = Math.max(0, flow - 1);
    else if (flow === 0 && (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind')) {
      marks += 1;
      if (marks > MOST_MARKS_A_LINE) return fault(at, '', `nests more than ${MOST_MARKS_A_LINE} times in a line`, 'write it in lines');
    }
    if (MARKER_TOKENS.includes(token)) continue; // of no length in the text
    const breaks = token.split('\n');
    line += breaks.length - 1;
    column = breaks.length > 1 ? breaks.at(-1)!.length + 1 : column + token.length;
  }
  return null;
}

const MARKER_TOKENS = ['\u0002', '\u0018', '\u001f'];

/** Our words for the parser's: its own repeat what stands in the file. */
function syntaxSaid({ code }: YAMLError): readonly [why: string, remedy: string] {
  switch (code) {
    case 'TAB_AS_INDENT':
      return ['is indented with a tab', 'use spaces, two a level'];
    case 'BAD_INDENT':
      return ['is indented differently from its neighbours', 'give all keys of a section the same number of spaces'];
    case 'MULTIPLE_DOCS':
      return ['holds a second document', 'take out the line --- and what follows'];
    case 'BLOCK_AS_IMPLICIT_KEY':
      return ['has two colons in one line', 'write each key in a line of its own, or quote the value'];
    case 'BAD_DQ_ESCAPE':
      return ['has a backslash that means nothing here', 'quote it with \' instead of "'];
    case 'MISSING_CHAR':
      return ['lacks a closing quote, bracket or colon', 'close it'];
    case 'BAD_SCALAR_START':
      return ['begins with a character that YAML keeps for itself', 'quote the value'];
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
    case 'MULTIPLE_ANCHORS':
      return ['uses anchors or aliases', 'write the values out; * and & at the start of a value need quotes'];
    case 'TAG_RESOLVE_FAILED':
    case 'MULTIPLE_TAGS':
      return ['has a tag', 'take it out; ! at the start of a value needs quotes'];
    case 'KEY_OVER_1024_CHARS':
      return ['has a key of more than 1024 characters', 'shorten it'];
    default:
      return ['is no YAML', 'look at this line and the one above: a colon, a quote or the indentation'];
  }
}
