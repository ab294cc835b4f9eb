// k6: programs that ask the REST API at a fixed rate, beside a desk under full load. Run by `npm run bench:k6`.
import { check } from 'k6';
import http from 'k6/http';

const { RETRACE_URL: url, RATE: rate = '100', SECONDS: seconds = '20' } = __ENV;

/** What screens and programs ask for again and again: all answered from the desk's own memory. */
const PATHS = ['positions', 'portfolio', 'orders?limit=50', 'gate', 'feeds', 'instruments', 'limits', 'desks'];

export const options = {
  summaryTrendStats: ['count', 'med', 'p(95)', 'p(99)', 'max'],
  thresholds: { http_req_failed: ['rate==0'], checks: ['rate==1'] },
  scenarios: {
    asking: {
      ...{ executor: 'constant-arrival-rate', rate: Number(rate), timeUnit: '1s', duration: `${seconds}s` },
      ...{ preAllocatedVUs: 20, maxVUs: 200 },
    },
  },
};

/** Signed in as the demonstration lets anybody at this machine. */
export function setup() {
  const said = http.post(`${url}/api/v1/session/demo`, null, { headers: { origin: url } });
  if (said.status !== 200) throw new Error(`signing in was answered with ${said.status}: ${said.body}`);
  const [name, [cookie]] = Object.entries(said.cookies)[0];
  return { cookie: `${name}=${cookie.value}` };
}

export default function ({ cookie }) {
  const path = PATHS[__ITER % PATHS.length];
  const said = http.get(`${url}/api/v1/${path}`, { headers: { cookie }, tags: { name: path.split('?')[0] } });
  check(said, { 'is answered': ({ status, body }) => status === 200 && body.length > 2 });
}
