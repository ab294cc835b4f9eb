// Bodies that shrink are sent smaller to peers who ask for it: whole bodies above a floor, of types that are text. Streams go as they are.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { type Layer, withHeaders } from './layer.ts';

export type Encoding = 'br' | 'gzip';

/** Below it the head of an answer outweighs what is saved. */
export const FLOOR_BYTES = 1_024;
/** Fast enough for answers made while someone waits. */
const BROTLI_QUALITY = 4;
const GZIP_LEVEL = 6;

export const compressionLayer =
  (floorBytes: number = FLOOR_BYTES): Layer =>
  (next) =>
  async (request) => {
    const answer = await next(request);
    const { body, headers } = answer;
    const whole = typeof body === 'string' || body instanceof Uint8Array;
    if (!shrinks(String(headers['content-type'] ?? '')) || headers['content-encoding'] !== undefined) return answer;
    const varied = withHeaders(answer, { vary: 'accept-encoding' });
    const encoding = encodingFor(request.headers['accept-encoding']);
    if (!whole || encoding === null || request.method === 'HEAD') return varied;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (bytes.length < floorBytes) return varied;
    const small = await compressed(bytes, encoding);
    if (small.length >= bytes.length) return varied;
    const tag = varied.headers['etag'];
    const weak = typeof tag === 'string' && !tag.startsWith('W/') ? { etag: `W/${tag}` } : {};
    return { status: answer.status, headers: { ...varied.headers, ...weak, 'content-encoding': encoding }, body: small };
  };

/** The best the peer takes; null: send it plain. */
export function encodingFor(accepts: string | undefined): Encoding | null {
  if (accepts === undefined) return null;
  const weights = new Map<string, number>();
  for (const part of accepts.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((one) => one.trim());
    const q = parameters.find((one) => one.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    weights.set(name, Number.isFinite(weight) ? weight : 0);
  }
  const weightOf = (name: Encoding) => weights.get(name) ?? weights.get('*') ?? 0;
  const best = weightOf('br') >= weightOf('gzip') ? 'br' : 'gzip';
  return weightOf(best) > 0 ? best : null;
}

export const compressed = (bytes: Uint8Array, encoding: Encoding, quality: number = BROTLI_QUALITY): Promise<Uint8Array> =>
  encoding === 'br'
    ? promisify(brotliCompress)(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      })
    : promisify(gzip)(bytes, { level: GZIP_LEVEL });

export const shrinks = (type: string) =>
  /^(text\/|application\/(json|javascript|xml|wasm|manifest\+json|[\w.-]+\+json)|image\/svg\+xml)/.test(type);
