// A request's body as JSON: of the right type, under its cap, and well-formed. What the values mean is the schema's to say.
import { BodyTooLarge, type Request } from '../transport/server.ts';
import { problem, Refused } from './problem.ts';

/** `cap` in bytes, at most the server's own. */
export async function readJson(request: Request, cap: number = request.body.cap): Promise<unknown> {
  checkJsonType(request);
  const bytes = await readBytes(request, cap);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('the body is not UTF-8');
  }
  if (text.trim() === '') throw malformed('the body is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`the body is not JSON: ${(error as Error).message}`);
  }
}

export async function readBytes(request: Request, cap: number = request.body.cap): Promise<Uint8Array> {
  if ((request.body.declared ?? 0) > cap) throw tooLarge(cap);
  try {
    const bytes = await request.body.bytes();
    if (bytes.length > cap) throw tooLarge(cap);
    return bytes;
  } catch (error) {
    throw error instanceof BodyTooLarge ? tooLarge(cap) : error;
  }
}

function checkJsonType({ headers }: Request): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  const json = type === 'application/json' || /^application\/[\w.+-]+\+json$/.test(type);
  const plain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
  if (json && plain && (charset === undefined || charset === 'utf-8')) return;
  const what = !plain
    ? 'the body is compressed'
    : type === ''
      ? 'the body names no content-type'
      : `the body is said to be ${headers['content-type']}`;
  throw new Refused(
    problem(415, 'media-type', 'Not a body this address takes', what, {
      remedy: 'send JSON in UTF-8, not compressed, with content-type: application/json',
    }),
    { 'accept-post': 'application/json' },
  );
}

const malformed = (detail: string) =>
  new Refused(
    problem(400, 'malformed-body', 'The body cannot be read', detail, {
      remedy: 'send one JSON value in UTF-8',
      fields: [{ field: 'body', detail, remedy: null }],
    }),
  );
const tooLarge = (cap: number) =>
  new Refused(
    problem(413, 'body-too-large', 'The body is too large', `this address takes ${cap} bytes`, {
      remedy: 'send less, or in several requests',
    }),
  );
