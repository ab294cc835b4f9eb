/** The wire over sockets: requests on their line while it is up, else over HTTP, and a WebSocket for the stream. */
import WebSocket from 'ws';
import { assert } from '#engine/assert.ts';
import { RequestLine } from './request-line.ts';
import { messageOf } from './trouble.ts';
import type { BrokerClock, Line, LineEvents, Wire } from './wire.ts';
import { httpRequests } from './wire-http.ts';

const MAX_MESSAGE_BYTES = 4 * 2 ** 20;

/** `line: 'none'` for who asks little. */
export function socketWire(url: string, clock: BrokerClock, { line: kept = 'kept' }: Readonly<{ line?: 'kept' | 'none' }> = {}): Wire {
  const place = new URL(url);
  assert(place.protocol === 'http:', `${place.protocol}//: the local exchange speaks plain HTTP on the loopback`);
  const http = httpRequests(place, clock);
  const line = new RequestLine(`ws://${place.host}/requests`, clock);
  const streams = new Set<WebSocket>();
  return {
    ask(request, timeoutUs) {
      if (kept === 'none') return http.ask(request, timeoutUs);
      line.keep();
      const taken = line.ask(request, timeoutUs);
      if (taken !== null) return taken;
      const begunUs = clock.monotonicUs();
      const soon = line.soon();
      if (soon === null) return http.ask(request, timeoutUs);
      return soon.then(() => {
        const leftUs = timeoutUs - (clock.monotonicUs() - begunUs);
        if (leftUs <= 0) return { kind: 'unsent', reason: 'the connection broke before it could leave' };
        return line.ask(request, leftUs) ?? http.ask(request, leftUs);
      });
    },
    listen: (events) => streamLine(place, events, streams),
    async close() {
      const ends = [...streams].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of streams) socket.terminate();
      http.close();
      await Promise.all([...ends, line.close()]);
    },
  };
}

function streamLine(place: URL, { opened, heard, closed }: LineEvents, streams: Set<WebSocket>): Line {
  const socket = new WebSocket(`ws://${place.host}/stream`, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
  let over = false;
  const end = (why: string | null) => {
    if (over) return;
    over = true;
    socket.terminate();
    if (why !== null) closed(why);
  };
  streams.add(socket);
  socket.on('open', () => over || opened());
  socket.on('message', (data, isBinary) => {
    if (over) return;
    if (isBinary) end('nonsense: a binary message');
    else heard(data.toString());
  });
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? messageOf(error)));
  socket.on('close', (code) => {
    streams.delete(socket);
    end(`closed by the venue (${code})`);
  });
  return { say: (text) => socket.send(text), end: () => end(null) };
}
