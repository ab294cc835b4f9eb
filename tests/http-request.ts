// A request as a driver would hand it up, without a socket.
import { BodyReader } from '#gateway/transport/body-reader.ts';
import type { Answer, Method, Request } from '#gateway/transport/server.ts';

export type Asked = Readonly<{
  method?: Method;
  path?: string;
  query?: string;
  headers?: Readonly<Record<string, string>>;
  remote?: string;
  secure?: boolean;
  body?: string | Uint8Array;
  cap?: number;
}>;

export function asked({
  method = 'GET',
  path = '/',
  query = '',
  headers = {},
  remote = '10.0.0.1',
  secure = false,
  body,
  cap = 10_000,
}: Asked = {}): Request {
  const bytes = body === undefined ? new Uint8Array() : Buffer.from(body as Uint8Array);
  const reader = new BodyReader(body === undefined ? null : bytes.length, cap);
  reader.push(bytes);
  reader.end();
  return { method, path, query, headers: { host: 'test', ...headers }, remote, secure, body: reader, signal: new AbortController().signal };
}

export const json = (method: Method, path: string, value: unknown, headers: Readonly<Record<string, string>> = {}): Request =>
  asked({ method, path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) });

export const bodyOf = ({ body }: Answer): string =>
  typeof body === 'string' ? body : body === null ? '' : Buffer.from(body as Uint8Array).toString();
export const problemOf = (answer: Answer) =>
  JSON.parse(bodyOf(answer)) as { type: string; detail: string; remedy: string | null; fields: { field: string; remedy: string | null }[] };
