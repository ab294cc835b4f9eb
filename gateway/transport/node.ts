// The driver that works everywhere: node:http(s) and ws. It is the twin of uws.ts: where Node would be more lenient or more talkative, it does
// what the other does, so that nothing depends on which of them a machine can load.
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ReadyAnswer } from './answer-check.ts';
import { cleanValue, type Head } from './request-rules.ts';
import { type Exchange, RequestsUnderWay, type UnderWay } from './requests-under-way.ts';
import { CLOSE_WITHIN_MS, LOST, NOT_UTF8, ServedSocket, TOO_LARGE, type Wire } from './served-socket.ts';
import { CannotListen, HEAD_WITHIN_MS, type Server, type ServerSetup, type Upgrade } from './server.ts';
import { SocketCrowd } from './socket-crowd.ts';
import { readTlsFiles } from './tls-files.ts';

/** A head beyond this is cut unread; up to it the common rule can answer. */
const MAX_PARSED_HEAD_BYTES = 64 * 1024;

const OPTIONS: http.ServerOptions = {
  maxHeaderSize: MAX_PARSED_HEAD_BYTES,
  requireHostHeader: false, // the common rule asks for it
  headersTimeout: HEAD_WITHIN_MS,
  keepAliveTimeout: HEAD_WITHIN_MS,
  requestTimeout: 0, // bodies have a clock of their own
  connectionsCheckingInterval: 1_000,
};

export function openNodeServer(setup: ServerSetup): Server {
  const { tls, limits } = setup;
  const crowd = new SocketCrowd(limits);
  const requests = new RequestsUnderWay(setup, () => crowd.size);
  const protocols = new WeakMap<http.IncomingMessage, string>();
  const handshakes = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limits.messageBytes },
    handleProtocols: (_offered, request) => protocols.get(request) ?? false,
  });
  const server = tls === null ? http.createServer(OPTIONS) : https.createServer({ ...OPTIONS, ...readTlsFiles(tls) });
  /** The answer a connection is busy with. */
  const busy = new WeakMap<NetSocket, http.ServerResponse>();

  server.on('connection', (socket: NetSocket) => {
    socket.on('end', () => socket.destroy()); // half-closed is closed
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('request', serve);
  server.on('checkContinue', (request: http.IncomingMessage, response: http.ServerResponse) => {
    response.writeContinue();
    serve(request, response);
  });

  function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { socket } = request;
    const before = busy.get(socket);
    // A request that overtakes an answer under way ends the connection: answers never wait in a row.
    if (request.httpVersion !== '1.1' || (before !== undefined && !before.writableEnded)) return void socket.destroy();
    busy.set(socket, response);
    begin(request, response, socket, null);
  }

  server.on('upgrade', (request: http.IncomingMessage, duplex: Duplex, head: Buffer) => {
    const socket = duplex as NetSocket;
    socket.on('error', () => socket.destroy());
    if (request.httpVersion !== '1.1') return void socket.destroy();
    const response = new http.ServerResponse(request);
    response.assignSocket(socket);
    response.once('finish', () => socket.destroySoon());
    const underWay = begin(request, response, socket, ({ accept, protocol }) => {
      response.detachSocket(socket);
      if (protocol !== null) protocols.set(request, protocol);
      handshakes.handleUpgrade(request, socket, head, (peer) => serveSocket(peer, socket, accept));
    });
    if (underWay === null || underWay.body.ended) return;
    // Some clients ask for HTTP/2 beside a body; Node leaves that body to us.
    const { body } = underWay;
    let left = body.declared;
    if (left === null) return void socket.destroy();
    const take = (chunk: Buffer) => {
      left = (left ?? 0) - chunk.length;
      body.push(left < 0 ? chunk.subarray(0, chunk.length + left) : chunk);
      if (left <= 0) body.end();
    };
    take(head);
    socket.on('data', take);
  });

  function begin(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    socket: NetSocket,
    accept: Exchange['accept'],
  ): UnderWay | null {
    const exchange: Exchange = {
      write: (answer, close) => write(response, socket, answer, close, saysClose(request)),
      cut: () => void socket.destroy(),
      accept,
    };
    const underWay = requests.begin(headOf(request), socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '', exchange);
    if (underWay === null) return null;
    const { body } = underWay;
    let finished = false;
    response.once('finish', () => {
      finished = !socket.destroyed; // Node says it of a destroyed connection too
    });
    response.once('close', () => {
      if (!finished) underWay.gone();
    });
    if (accept !== null) return underWay;
    if (body.ended) request.resume();
    else takeBody(request, underWay);
    return underWay;
  }

  function takeBody(request: http.IncomingMessage, { body, gone }: UnderWay): void {
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('error', gone);
    request.on('end', () => body.end());
  }

  function serveSocket(peer: WebSocket, socket: NetSocket, listener: Extract<Upgrade, { accept: unknown }>['accept']): void {
    const wire: Wire = {
      remote: socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '',
      send: (message) => {
        peer.send(message, { binary: typeof message !== 'string', compress: false }, () => served.drained());
        return peer.bufferedAmount > 0 ? 'queued' : 'sent';
      },
      bufferedBytes: () => peer.bufferedAmount,
      ping: () => peer.ping(),
      end: (code, reason) => {
        peer.close(code, reason);
        setTimeout(() => peer.terminate(), CLOSE_WITHIN_MS).unref();
      },
      cut: () => peer.terminate(),
    };
    peer.on('message', (data: Buffer, binary) => served.received(binary ? data : data.toString()));
    peer.on('ping', () => served.heard());
    peer.on('pong', () => served.heard());
    peer.on('error', (error: Error & { code?: string }) => {
      served.gone(...(FAULTS[error.code ?? ''] ?? LOST));
      setTimeout(() => peer.terminate(), CLOSE_WITHIN_MS).unref();
    });
    peer.on('close', (code, reason) => served.gone(code, code === 1006 ? LOST[1] : reason.toString()));
    const served = new ServedSocket(wire, listener, limits, crowd, setup.failed);
  }

  return {
    driver: 'node',
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const refused = (error: Error) => reject(new CannotListen(`cannot listen on ${host}:${port}: ${error.message}`));
        server.once('error', refused);
        server.listen({ host, port, exclusive: true }, () => {
          server.off('error', refused);
          resolve({ host, port: (server.address() as AddressInfo).port, secure: tls !== null });
        });
      }),
    publish: (topic, message) => crowd.publish(topic, message),
    subscribers: (topic) => crowd.subscribers(topic),
    drain: async (withinMs, reason) => {
      requests.leave();
      server.close();
      server.closeIdleConnections();
      const [answersCut, { socketsCut }] = await Promise.all([requests.finish(withinMs), crowd.leave(withinMs, reason)]);
      server.closeAllConnections(); // heads that never came whole
      return { answersCut, socketsCut };
    },
  };
}

const FAULTS: Readonly<Record<string, readonly [number, string]>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: TOO_LARGE,
  WS_ERR_INVALID_UTF8: NOT_UTF8,
};

const saysClose = (request: http.IncomingMessage) => request.headers.connection?.toLowerCase() === 'close';

function headOf({ method, url, rawHeaders }: http.IncomingMessage): Head {
  const target = url ?? '';
  const mark = target.indexOf('?');
  const pairs: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) pairs.push([rawHeaders[i]!.toLowerCase(), cleanValue(rawHeaders[i + 1]!)]);
  return {
    method: method ?? '',
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    pairs,
  };
}

function write(
  response: http.ServerResponse,
  socket: NetSocket,
  { status, text, headers, body, length }: ReadyAnswer,
  close: boolean,
  peerCloses: boolean,
): void | Promise<void> {
  const lines = headers.flat();
  response.removeHeader('connection'); // Node would write one of its own
  if (peerCloses) response.shouldKeepAlive = false;
  else if (close) lines.push('Connection', 'close');
  if (length !== null) lines.push('Content-Length', String(length));
  else if (body === null) response.removeHeader('transfer-encoding');
  response.writeHead(status, text, lines);
  watchWriting(response, socket);
  if (body === null || body instanceof Uint8Array) {
    response.end(body ?? undefined);
    return settled(response, socket, 'finish');
  }
  return (async () => {
    let given = 0;
    for await (const chunk of body.read()) {
      given += chunk.length;
      if ((length !== null && given > length) || response.destroyed) break;
      if (chunk.length > 0 && !response.write(chunk)) await settled(response, socket, 'drain');
    }
    if (response.destroyed) return;
    if (length !== null && given !== length) throw new Error(`the body promised ${length} bytes and gave ${given}`);
    response.end();
    await settled(response, socket, 'finish');
  })();
}

/** Until that event on a living connection, or the connection's end. */
function settled(response: http.ServerResponse, socket: NetSocket, event: 'drain' | 'finish'): Promise<void> {
  if (response.destroyed || (event === 'finish' && response.writableFinished && !socket.destroyed)) return Promise.resolve();
  return new Promise((resolve) => {
    const happened = () => {
      if (!socket.destroyed) done();
    };
    const done = () => {
      response.off(event, happened);
      response.off('close', done);
      resolve();
    };
    response.on(event, happened);
    response.once('close', done);
  });
}

/** An answer nobody reads ends its connection, as the other driver does. */
function watchWriting(response: http.ServerResponse, socket: NetSocket): void {
  const written = () => socket.bytesWritten - socket.writableLength;
  let before = written();
  let movedAt = performance.now();
  const timer = setInterval(() => {
    if (written() !== before || socket.writableLength === 0) movedAt = performance.now();
    before = written();
    if (performance.now() - movedAt >= HEAD_WITHIN_MS) socket.destroy();
  }, HEAD_WITHIN_MS / 5).unref();
  response.once('close', () => clearInterval(timer));
}
