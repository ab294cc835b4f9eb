// Both drivers side by side: the same bytes go in, and the same bytes come out, but for the lines that name the hour.
import { describe, expect, onTestFinished, test } from 'vitest';
import { openNodeServer } from '#gateway/transport/node.ts';
import { DEFAULT_LIMITS, type Request, type ServerSetup } from '#gateway/transport/server.ts';
import { openUwsServer } from '#gateway/transport/uws.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';
import * as raw from './contracts/raw-peer.ts';
import { text } from './contracts/transport.ts';

const SETUP: ServerSetup = {
  limits: { ...DEFAULT_LIMITS, bodyBytes: 1_000, messageBytes: 1_000 },
  hosts: 'any',
  tls: null,
  failed: () => {},
  ends: [
    {
      path: '/live',
      origins: 'same host',
      upgrade: ({ headers }) => ({
        accept: {
          open: (socket) => void socket.send('hello'),
          message: (socket, message) => (message === 'bye' ? socket.close(4_000, 'as you wish') : void socket.send(message)),
          ...{ drain: () => {}, missed: () => {}, close: () => {} },
        },
        protocol: headers['sec-websocket-protocol'] ?? null,
      }),
    },
  ],
  answer: async (request: Request) => {
    const { method, path, query, headers, remote, body } = request;
    if (path === '/empty') return { status: Number(query), headers: { etag: '"x"' }, body: null };
    if (path === '/stream') return { ...text(200, ''), body: { bytes: query === '' ? null : Number(query), read } };
    if (path === '/later') await new Promise((resolve) => setTimeout(resolve, 30));
    if (path === '/broken') throw new Error('broken');
    if (path === '/inject') return text(200, '', { x: 'a\r\nb: c' });
    const told = await body.bytes().then((bytes) => Buffer.from(bytes).toString('latin1'), String);
    return text(200, JSON.stringify({ method, path, query, headers, remote, told }), { 'set-cookie': ['a=1', 'b=2'], 'X-Case': 'Kept' });
  },
};
async function* read() {
  for (const word of ['one', ' two', '', ' three']) yield Buffer.from(word);
  await new Promise((resolve) => setTimeout(resolve, 20)); // so that what was said is out before a broken promise ends it
}

const THEIR_CLOSE = raw.frame(raw.CLOSE, Uint8Array.of(0x0f, 0xa0)).toString('latin1');
const masked = raw.frame(raw.TEXT, 'again');

/** What is sent, in pieces; `\0` in a piece's place: until something came back. */
const EXCHANGES: Readonly<Record<string, readonly string[]>> = {
  'a plain request': [raw.request('GET', '/a/b?c=%20d', ['X-One: 1', 'X-One: 2'])],
  'a question mark and nothing': [raw.request('GET', '/a?')],
  'a body': [raw.request('POST', '/a', ['Content-Type: text/plain'], 'hello')],
  'a body in chunks': ['POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', '6\r\n world\r\n0\r\n\r\n'],
  'a body in chunks with trailers': ['POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n'],
  'a request behind chunks': ['POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '\0', raw.request('GET', '/b')],
  'a body over the cap': [raw.request('POST', '/a', [], 'x'.repeat(1_001))],
  'a body to a GET': [raw.request('GET', '/a', [], 'hello')],
  'a head only': [raw.request('HEAD', '/a')],
  'a head of a stream': [raw.request('HEAD', '/stream?13')],
  'nothing with 204': [raw.request('GET', '/empty?204')],
  'nothing with 304': [raw.request('GET', '/empty?304')],
  'nothing with 404': [raw.request('GET', '/empty?404')],
  'a status nobody has': [raw.request('GET', '/empty?299')],
  'a stream of known size': [raw.request('GET', '/stream?13')],
  'a stream of unknown size': [raw.request('GET', '/stream')],
  'a stream that promised more': [raw.request('GET', '/stream?14')],
  'a handler that throws': [raw.request('GET', '/broken')],
  'a header that splits': [raw.request('GET', '/inject')],
  'several in turn': [raw.request('GET', '/a'), '\0', raw.request('PUT', '/b', [], 'x'), '\0', raw.request('DELETE', '/c')],
  'one that says close': [raw.request('GET', '/a', ['Connection: close'])],
  'one that overtakes': [raw.request('GET', '/later') + raw.request('GET', '/b')],
  'two hosts': [raw.request('GET', '/a', ['Host: b'])],
  'a fragment': [raw.request('GET', '/a#b')],
  'bytes beyond ASCII in a header': [raw.request('GET', '/a', ['X: a\xe9b\xc3\xa9', 'Y: caf\xc3\xa9 au lait'])],
  'spaces and tabs round a value': [raw.request('GET', '/a', ['X:  \t a\tb \t '])],
  'a long head': [raw.request('GET', '/a', [`X: ${'x'.repeat(20_000)}`])],
  'an encoding of path': [raw.request('GET', '/%2e%2e/%00/..//.;a')],
  'an upgrade elsewhere': [raw.handshake('/elsewhere')],
  'a body beside an upgrade': [raw.request('POST', '/a', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c'], 'hello')],
  'an upgrade': [raw.handshake('/live')],
  'an upgrade with a protocol': [raw.handshake('/live', ['Sec-WebSocket-Protocol: desk.v1'])],
  'an upgrade from a foreign page': [raw.handshake('/live', ['Origin: https://evil.test'])],
  'no upgrade where one is due': [raw.request('GET', '/live')],
  'an old upgrade': [raw.handshake('/live').replace(': 13', ': 8')],
  messages: [raw.handshake('/live'), '\0', masked.toString('latin1'), '\0', raw.frame(raw.BINARY, 'x'.repeat(900)).toString('latin1')],
  'a goodbye of ours': [raw.handshake('/live'), '\0', raw.frame(raw.TEXT, 'bye').toString('latin1'), '\0', THEIR_CLOSE],
  'a goodbye of theirs': [raw.handshake('/live'), '\0', THEIR_CLOSE],
};

/** Node gives a connection that asks for an upgrade out of its hands, and it ends behind the answer. */
const NODE_CLOSES = new Set(['an upgrade elsewhere', 'a body beside an upgrade']);

const found = findUws(thisMachine());
describe('both drivers', () => {
  if ('missing' in found) return void test(`not run: ${found.missing}`, ({ skip }) => skip(found.missing));
  test('give the same bytes for the same bytes', async () => {
    const servers = [openUwsServer(SETUP, found.uws), openNodeServer(SETUP)];
    const ports = await Promise.all(servers.map(async (server) => (await server.listen('127.0.0.1', 0)).port));
    onTestFinished(async () => {
      for (const server of servers) await server.drain(0, 'over');
    });
    const said = async (port: number, pieces: readonly string[]) => {
      const peer = await raw.rawPeer(port);
      let before = 0;
      for (const piece of pieces) {
        if (piece !== '\0') {
          before = peer.got().length;
          peer.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 5));
        } else {
          await peer.until(() => peer.got().length > before || peer.closed());
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
      }
      await peer.until(() => peer.got().length > before || peer.closed());
      await new Promise((resolve) => setTimeout(resolve, 400));
      const bytes = peer.got().toString('latin1');
      const closed = peer.closed();
      peer.destroy();
      return { bytes: raw.withoutVarying(bytes), closed };
    };
    const all = await Promise.all(
      Object.entries(EXCHANGES).map(
        async ([what, pieces]) => [what, ...(await Promise.all(ports.map((port) => said(port, pieces))))] as const,
      ),
    );
    for (const [what, uws, node] of all) expect({ what, ...node }).toEqual({ what, ...uws, closed: uws.closed || NODE_CLOSES.has(what) });
    const silent = all.filter(([, uws]) => uws.bytes === '').map(([what]) => what);
    expect(silent).toEqual(['one that overtakes']);
  });
});
