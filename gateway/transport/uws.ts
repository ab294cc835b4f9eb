// The fast driver: uWebSockets.js, where its binary loads. Its rules, kept here: a request is read before the handler returns, an abort handler
// is always set, what is written later is corked, `send` may say that it dropped, and nothing is touched after its end.

import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { createServer } from 'node:net';
import { addressText } from './address-text.ts';
import { cleanValue, type Head } from './request-rules.ts';
import { type Exchange, RequestsUnderWay } from './requests-under-way.ts';
import { LOST, NOT_UTF8, ServedSocket, TOO_LARGE, type Wire } from './served-socket.ts';
import { CannotListen, type Server, type ServerSetup, type SocketListener } from './server.ts';
import { SocketCrowd } from './socket-crowd.ts';
import { readTlsFiles } from './tls-files.ts';
import { type Hold, writeAnswer } from './uws-answer.ts';
import type { UwsModule } from './uws-binary.ts';

/** A port of one's own: the default would share it silently with another process. */
const EXCLUSIVE = 1;
/** The library's own clock for sockets stands behind ours, within what it takes. */
const idleSeconds = (silentMs: number) => Math.min(960, Math.max(8, Math.ceil((2 * silentMs) / 1_000)));
/** Room for pings and close frames above our own limit. */
const CONTROL_BYTES = 64 * 1024;

type Peer = { listener: SocketListener; served: ServedSocket | null };

export function openUwsServer(setup: ServerSetup, uws: UwsModule): Server {
  const { tls, limits } = setup;
  const crowd = new SocketCrowd(limits);
  const requests = new RequestsUnderWay(setup, () => crowd.size);
  if (tls !== null) readTlsFiles(tls);
  const app: TemplatedApp = tls === null ? uws.App() : uws.SSLApp({ key_file_name: tls.key, cert_file_name: tls.cert });
  let listening: us_listen_socket | null = null;

  for (const { path } of setup.ends) {
    app.ws<Peer>(path, {
      maxPayloadLength: limits.messageBytes,
      maxBackpressure: limits.unsentBytes + CONTROL_BYTES,
      idleTimeout: idleSeconds(limits.silentMs),
      maxLifetime: 0,
      compression: uws.DISABLED,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => serve(response, request, context),
      open: (ws) => {
        const peer = ws.getUserData();
        peer.served = new ServedSocket(wireOf(ws), peer.listener, limits, crowd, setup.failed);
      },
      // What arrives is the library's memory and gone when this returns.
      message: (ws, message, binary) =>
        ws.getUserData().served?.received(binary ? new Uint8Array(message.slice(0)) : Buffer.from(message).toString()),
      ping: (ws) => ws.getUserData().served?.heard(),
      pong: (ws) => ws.getUserData().served?.heard(),
      drain: (ws) => ws.getUserData().served?.drained(),
      close: (ws, code, message) => {
        const reason = Buffer.from(message).toString();
        const [told, why] = code === 1006 ? (FAULTS[reason] ?? LOST) : [code, reason];
        ws.getUserData().served?.gone(told, why);
      },
    });
  }
  app.any('/*', (response, request) => serve(response, request, null));

  function serve(response: HttpResponse, request: HttpRequest, context: us_socket_context_t | null): void {
    const head = headOf(request);
    const remote = addressText(new Uint8Array(response.getRemoteAddress()));
    const key = request.getHeader('sec-websocket-key');
    const hold: Hold = { response, over: false, wake: () => {} };
    let gone = () => {};
    response.onAborted(() => {
      hold.over = true;
      gone();
      hold.wake();
    });
    const accept = (context: us_socket_context_t): Exchange['accept'] => {
      return ({ accept, protocol }) => {
        if (hold.over) return;
        hold.over = true;
        const peer: Peer = { listener: accept, served: null };
        response.cork(() => response.upgrade(peer, key, protocol ?? '', '', context));
      };
    };
    const underWay = requests.begin(head, remote, {
      write: (answer, close) => writeAnswer(hold, answer, close),
      cut: () => {
        if (!hold.over) response.close();
      },
      accept: context === null ? null : accept(context),
    });
    if (underWay === null) return;
    gone = underWay.gone;
    if (underWay.body.ended || hold.over) return;
    response.onData((chunk, last) => {
      underWay.body.push(new Uint8Array(chunk.slice(0)));
      if (last) underWay.body.end();
    });
  }

  return {
    driver: 'uws',
    listen: async (host, port) => {
      const socket = await new Promise<us_listen_socket | false>((resolve) => {
        // The library takes the options behind a host too; its types do not say so.
        const listen = app.listen.bind(app) as unknown as (host: string, port: number, options: number, then: typeof resolve) => void;
        listen(host, port, EXCLUSIVE, resolve);
      });
      if (socket === false) throw new CannotListen(`cannot listen on ${host}:${port}: ${await whyNot(host, port)}`);
      listening = socket;
      return { host, port: uws.us_socket_local_port(socket), secure: tls !== null };
    },
    publish: (topic, message) => crowd.publish(topic, message),
    subscribers: (topic) => crowd.subscribers(topic),
    drain: async (withinMs, reason) => {
      requests.leave();
      if (listening !== null) uws.us_listen_socket_close(listening);
      listening = null;
      const [answersCut, { socketsCut }] = await Promise.all([requests.finish(withinMs), crowd.leave(withinMs, reason)]);
      return { answersCut, socketsCut };
    },
  };
}

/** What the library says of a peer it cut. Of frames that break the protocol it says nothing. */
const FAULTS: Readonly<Record<string, readonly [number, string]>> = {
  'Received too big message': TOO_LARGE,
  'Received invalid UTF-8': NOT_UTF8,
};

function headOf(request: HttpRequest): Head {
  const pairs: [string, string][] = [];
  request.forEach((name, value) => {
    pairs.push([name, cleanValue(value)]);
  });
  return { method: request.getCaseSensitiveMethod(), path: request.getUrl(), query: request.getQuery() ?? '', pairs };
}

function wireOf(ws: WebSocket<Peer>): Wire {
  return {
    remote: addressText(new Uint8Array(ws.getRemoteAddress())),
    send: (message) => (['queued', 'sent', 'dropped'] as const)[ws.send(message, typeof message !== 'string', false)] ?? 'dropped',
    bufferedBytes: () => ws.getBufferedAmount(),
    ping: () => void ws.ping(),
    end: (code, reason) => ws.end(code, reason),
    cut: () => ws.close(),
  };
}

async function whyNot(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(error.message));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve('the library gives no reason')));
  });
}
