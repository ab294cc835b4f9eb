/** The page's one line over a real WebSocket, and the hooks that look at it. */
import { useCallback, useSyncExternalStore } from 'react';
import type { LinePorts } from '#gateway/contracts/line.ts';
import type { TopicName } from '#gateway/contracts/live.ts';
import { type LineView, LiveStore, type Picture, type RowsOf } from './store.ts';

/** As gateway/live/live-end.ts has it: offered beside the session's token, which is no protocol. */
const PROTOCOL = 'retrace.live.v1';

let csrf: (() => string | null) | null = null;

const utf8 = new TextDecoder();

const ports: LinePorts = {
  open: ({ heard, closed }) => {
    const token = csrf?.() ?? null;
    const address = new URL('/api/v1/live', window.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, [PROTOCOL, ...(token === null ? [] : [`csrf.${token}`])]);
    socket.binaryType = 'arraybuffer'; // frames are bytes that many share: the text is in them
    socket.onmessage = ({ data }) => heard(data instanceof ArrayBuffer ? utf8.decode(data) : String(data));
    socket.onclose = ({ code, reason }) => closed(code, reason);
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => {
        socket.onmessage = socket.onclose = null;
        socket.close();
      },
    };
  },
  nowMs: () => Date.now(),
  after: (ms, call) => {
    const timer = window.setTimeout(call, ms);
    return () => window.clearTimeout(timer);
  },
  random: () => Math.random(),
};

export const live = new LiveStore(ports);

/** The token of the session at the moment of connecting. */
export function connectAs(token: () => string | null): void {
  if (csrf === null) {
    // a network that is back, or a person who looks again, does not wait for the next try
    window.addEventListener('online', () => live.line.hurry());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') live.line.hurry();
    });
  }
  csrf = token;
  live.line.begin();
}

/** The rows of a topic, all of it or about one thing. As long as the component is there, the gateway tells of them. */
export function useRows<T extends TopicName>(topic: T, of = '*'): Picture<RowsOf<T>> {
  const listen = useCallback((call: () => void) => live.listen(topic, of, call), [topic, of]);
  return useSyncExternalStore(listen, () => live.picture(topic, of));
}

const listenLine = (call: () => void) => live.listenLine(call);
export const useLine = (): LineView => useSyncExternalStore(listenLine, () => live.view);
