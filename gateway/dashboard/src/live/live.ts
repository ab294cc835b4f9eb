/** The page's lines over real WebSockets (the desk's, and that of a replay), and the hooks that look at the one that is meant. */
import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { LinePorts } from '#gateway/contracts/line.ts';
import type { TopicName } from '#gateway/contracts/live.ts';
import { type LineView, LiveStore, type Picture, type RowsOf } from './store.ts';

/** As gateway/live/live-end.ts has it: offered beside the session's token, which is no protocol. */
const PROTOCOL = 'retrace.live.v1';

let csrf: (() => string | null) | null = null;

const utf8 = new TextDecoder();

const portsTo = (path: string): LinePorts => ({
  open: ({ heard, closed }) => {
    const token = csrf?.() ?? null;
    const address = new URL(path, window.location.href);
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
});

export const live = new LiveStore(portsTo('/api/v1/live'));

/** Another line, for whoever opens it to begin and to end. */
export const lineTo = (path: string): LiveStore => new LiveStore(portsTo(path));

/** Which line is meant by what stands below: the desk's own, unless somebody says otherwise. */
export const LineMeant = createContext<LiveStore>(live);
export const useLive = (): LiveStore => useContext(LineMeant);

/** What the frame of the page is about; a page that is about a replay says so as long as it is there. */
let framed: LiveStore = live;
const framedListeners = new Set<() => void>();
export function frameOf(store: LiveStore): void {
  framed = store;
  for (const call of [...framedListeners]) call();
}
export const useFramed = (): LiveStore =>
  useSyncExternalStore(
    (call) => {
      framedListeners.add(call);
      return () => framedListeners.delete(call);
    },
    () => framed,
  );

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
  const store = useLive();
  const listen = useCallback((call: () => void) => store.listen(topic, of, call), [store, topic, of]);
  return useSyncExternalStore(listen, () => store.picture(topic, of));
}

export const useLine = (): LineView => useLineOf(useLive());
export function useLineOf(store: LiveStore): LineView {
  const listen = useCallback((call: () => void) => store.listenLine(call), [store]);
  return useSyncExternalStore(listen, () => store.view);
}
