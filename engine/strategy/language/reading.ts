/** A source tree as the pieces its table of fields allows: every key known, every shape right, every expression parsed. All faults, not the first. */
import { nearest } from '../../nearest.ts';
import type { Field, Fields } from './fields.ts';
import { faultAt, type LanguageFault, type Place, type SourceNode, type SourceText } from './source.ts';
import { type Expression, isFault, KEYWORDS, parseExpression } from './syntax.ts';

export type Piece =
  | Readonly<{ kind: 'text'; text: string; place: Place }>
  | Readonly<{ kind: 'expression'; expression: Expression; text: string; place: Place }>
  | Readonly<{ kind: 'list'; items: readonly Readonly<{ text: string; place: Place }>[]; place: Place }>
  | Readonly<{ kind: 'section'; pieces: ReadonlyMap<string, Piece>; keys: ReadonlyMap<string, Place>; place: Place }>;
export type Section = Extract<Piece, { kind: 'section' }>;

const LONGEST_TEXT = 2_000;
const LONGEST_NAME = 64;
const MOST_ITEMS = 32;
/** What the rest of the document may call something. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const DOCUMENT_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Null where nothing of it can be used; the faults say why. */
export function readSection(node: SourceNode, fields: Fields, what: string, faults: LanguageFault[]): Section | null {
  if (node.kind !== 'map') {
    faults.push(faultAt(node, shownNode(node), `${what}: keys like ${Object.keys(fields)[0]}: …`));
    return null;
  }
  const pieces = new Map<string, Piece>();
  const keys = new Map<string, Place>();
  for (const { key, line, column, node: value } of node.value) {
    const field = Object.hasOwn(fields, key) ? fields[key]! : null;
    const place = { line, column };
    if (field === null) {
      const names = Object.keys(fields);
      faults.push(faultAt(place, key, `a key of ${what} (${names.join(', ')})`, nearest(key, names)));
    } else if (keys.has(key)) faults.push(faultAt(place, key, `each key of ${what} once`));
    else {
      keys.set(key, place);
      const piece = readPiece(value, field, key, faults);
      if (piece !== null) pieces.set(key, piece);
    }
  }
  for (const [key, field] of Object.entries(fields))
    if (field.need && !keys.has(key)) faults.push(faultAt(node, '', `${key} in ${what} (${field.about})`));
  return { kind: 'section', pieces, keys, place: { line: node.line, column: node.column } };
}

function readPiece(node: SourceNode, field: Field, key: string, faults: LanguageFault[]): Piece | null {
  switch (field.kind) {
    case 'section':
      return readSection(node, field.fields, key, faults);
    case 'named':
      return readNamed(node, field, key, faults);
    case 'texts':
      return readTexts(node, key, faults);
    case 'expression': {
      const text = textOf(node, `${key}: an expression`, faults);
      if (text === null) return null;
      const expression = parseExpression(text);
      if (!isFault(expression)) return { kind: 'expression', expression, text: text.value, place: placeOf(node) };
      faults.push(expression);
      return null;
    }
    default: {
      const text = textOf(node, `${key}: ${field.about}`, faults);
      if (text === null) return null;
      const wrong = wrongText(text.value.trim(), field);
      if (wrong === null) return { kind: 'text', text: text.value.trim(), place: placeOf(node) };
      faults.push(faultAt(node, text.value, wrong, field.kind === 'choice' ? nearest(text.value, field.of) : null));
      return null;
    }
  }
}

function wrongText(text: string, field: Field): string | null {
  if (text === '') return field.about;
  if (text.length > LONGEST_TEXT) return `a text of at most ${LONGEST_TEXT} characters`;
  if (field.kind === 'choice' && !field.of.includes(text)) return `one of ${field.of.join(', ')}`;
  if (field.kind === 'name' && (!DOCUMENT_NAME.test(text) || text.length > LONGEST_NAME))
    return `a name of small letters, digits and hyphens, at most ${LONGEST_NAME}`;
  return null;
}

function readNamed(node: SourceNode, field: Extract<Field, { kind: 'named' }>, key: string, faults: LanguageFault[]): Section | null {
  if (node.kind !== 'map') {
    faults.push(faultAt(node, shownNode(node), `${key}: names of your choice, each with ${field.each.about}`));
    return null;
  }
  const pieces = new Map<string, Piece>();
  const keys = new Map<string, Place>();
  for (const { key: name, line, column, node: value } of node.value) {
    const place = { line, column };
    if (!NAME.test(name) || name.length > LONGEST_NAME || KEYWORDS.includes(name) || name === '__proto__') {
      faults.push(faultAt(place, name, 'a name of letters, digits and _ that is no word of the language'));
      continue;
    }
    if (keys.has(name)) faults.push(faultAt(place, name, `each name of ${key} once`));
    else {
      keys.set(name, place);
      const piece = readPiece(value, field.each, name, faults);
      if (piece !== null) pieces.set(name, piece);
    }
  }
  if (keys.size > field.most) faults.push(faultAt(node, `${keys.size} names`, `at most ${field.most} in ${key}`));
  return { kind: 'section', pieces, keys, place: placeOf(node) };
}

function readTexts(node: SourceNode, key: string, faults: LanguageFault[]): Piece | null {
  if (node.kind !== 'list' || node.value.length === 0 || node.value.length > MOST_ITEMS) {
    faults.push(faultAt(node, shownNode(node), `${key}: a list of 1 to ${MOST_ITEMS} texts`));
    return null;
  }
  const items: { text: string; place: Place }[] = [];
  for (const item of node.value) {
    const text = textOf(item, `a text in ${key}`, faults);
    if (text !== null) items.push({ text: text.value.trim(), place: placeOf(item) });
  }
  return { kind: 'list', items, place: placeOf(node) };
}

function textOf(node: SourceNode, expected: string, faults: LanguageFault[]): SourceText | null {
  if (node.kind === 'text') return node;
  faults.push(faultAt(node, shownNode(node), expected));
  return null;
}

const placeOf = ({ line, column }: SourceNode): Place => ({ line, column });
const shownNode = (node: SourceNode): string => (node.kind === 'text' ? node.value : node.kind === 'list' ? 'a list' : 'keys');
