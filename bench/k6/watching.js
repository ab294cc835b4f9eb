// k6: watchers that come, look for a while, go, and come again, beside a desk under full load. Run by `npm run bench:k6`.
import { check } from 'k6';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
import { WebSocket } from 'k6/websockets';

const { RETRACE_URL: url, WATCHERS: watchers = '100', SECONDS: seconds = '20' } = __ENV;
const LOOK_MS = 4_000;

const age = new Trend('age_of_newest_fact', true);
const first = new Trend('until_first_snapshot', true);
const frames = new Counter('frames');

export const options = {
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
  // the promise of the gateway; what a watcher hears is never older
  thresholds: { age_of_newest_fact: ['p(99)<500'], checks: ['rate==1'] },
  scenarios: { watching: { executor: 'constant-vus', vus: Number(watchers), duration: `${seconds}s`, gracefulStop: '6s' } },
};

export function setup() {
  const said = http.post(`${url}/api/v1/session/demo`, null, { headers: { origin: url } });
  if (said.status !== 200) throw new Error(`signing in was answered with ${said.status}: ${said.body}`);
  const [name, [cookie]] = Object.entries(said.cookies)[0];
  return { cookie: `${name}=${cookie.value}`, csrf: said.json('csrf') };
}

export default function ({ cookie, csrf }) {
  const began = Date.now();
  let snapshots = 0;
  let told = 0;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, ['retrace.live.v1', `csrf.${csrf}`], {
    headers: { cookie, origin: url },
  });
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ do: 'subscribe', id: 1, topic: 'quotes' }));
    socket.send(JSON.stringify({ do: 'subscribe', id: 2, topic: 'gate' }));
    setTimeout(() => socket.close(), LOOK_MS);
  });
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => {
    const now = Date.now();
    frames.add(1);
    const head = headOf(data);
    if (head.includes('"snapshot"') && ++snapshots === 1) first.add(now - began);
    const at = /"at":(\d+)/.exec(head);
    if (!head.includes('"delta"') || at === null) return;
    told += 1;
    age.add(now - Number(at[1]) / 1_000);
  });
  socket.addEventListener('close', () => check(null, { 'was shown what is, and told what changed': () => snapshots > 0 && told > 0 }));
}

/** Frames are bytes of text, shared by all who watch. Its first message says what it is and when it was so; k6 is too slow to read them whole. */
const headOf = (data) => String.fromCharCode.apply(null, new Uint8Array(data, 0, Math.min(240, data.byteLength)));
