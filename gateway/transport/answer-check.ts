// An answer made ready for the wire, or refused: no header can smuggle a second one, and no body contradicts its length. Both drivers write
// exactly what it says.
import { STATUS_CODES } from 'node:http';
import type { Answer, Method, StreamBody } from './server.ts';

export type ReadyAnswer = Readonly<{
  status: number;
  text: string;
  headers: readonly (readonly [name: string, value: string])[];
  /** Null where an answer of this status or to this method has no body. */
  body: Uint8Array | StreamBody | null;
  /** What Content-Length says; null: nothing (204 and 304 have none, chunks have none). */
  length: number | null;
}>;

export class AnswerBroken extends Error {
  override readonly name = 'AnswerBroken';
}

/** The driver's own. */
const OURS = new Set(['content-length', 'transfer-encoding', 'connection', 'date', 'keep-alive', 'trailer']);

export function readyAnswer({ status, headers, body }: Answer, method: Method): ReadyAnswer {
  const text = STATUS_CODES[status];
  if (text === undefined || status < 200) throw new AnswerBroken(`an answer's status is ${status}: give one that HTTP names, from 200 on`);
  const pairs: [string, string][] = [];
  for (const [name, value] of Object.entries(headers))
    for (const one of typeof value === 'string' ? [value] : value) pairs.push(checked(name, one));
  const bare = status === 204 || status === 304;
  if (bare && body !== null) throw new AnswerBroken(`an answer with status ${status} has a body: give null`);
  const whole = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    ...{ status, text, headers: pairs },
    body: method === 'HEAD' ? null : whole,
    length: bare ? null : whole === null ? 0 : whole instanceof Uint8Array ? whole.length : whole.bytes,
  };
}

function checked(name: string, value: string): [string, string] {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw new AnswerBroken(`${JSON.stringify(name)} is no name of a header`);
  if (OURS.has(name.toLowerCase())) throw new AnswerBroken(`the header ${name} is the driver's to write`);
  if (!/^[\t\x20-\x7e]*$/.test(value))
    throw new AnswerBroken(`the header ${name} holds a line break or a byte that is not ASCII: percent-encode it`);
  return [name, value];
}
