/** For whoever watches the process: may it go on running, could an order leave. Anyone may ask; why not is told to who is signed in. */
import { health } from '../contracts/rest-desk.ts';
import { type Route, type RouteName, route } from '../http/router.ts';
import { callerOf } from '../serve/admission.ts';
import type { RestPorts } from './ports.ts';

/** 503 says no to a load balancer without it reading a word. */
const out = { 200: health, 503: health };

export function healthRoutes({ desk }: Pick<RestPorts, 'desk'>): Route[] {
  const at = (name: RouteName, summary: string, good: 'live' | 'ready') =>
    route({
      ...{ route: name, summary, tags: ['health'], out },
      handle({ request }) {
        const { live, ready, reasons } = desk.state().health;
        const body = { live, ready, reasons: callerOf(request).by === 'nobody' ? [] : reasons };
        return (good === 'live' ? live : ready) ? { status: 200, body } : { status: 503, body };
      },
    });
  const [live, ready] = ['Whether it may go on running', 'Whether an order could leave'];
  return [
    at('GET /health/live', live, 'live'),
    at('GET /health/ready', ready, 'ready'),
    at('GET /api/v1/health/live', live, 'live'),
    at('GET /api/v1/health/ready', ready, 'ready'),
  ];
}
