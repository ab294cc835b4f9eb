/** What the desk alerted people of, and who has seen it. Seen is not gone: the journal keeps every alert. */
import { page } from '../contracts/rest.ts';
import { alert, alertParams, alertsQuery } from '../contracts/rest-journal.ts';
import { type Route, route } from '../http/router.ts';
import { callerOf, nameOf } from '../serve/admission.ts';
import type { AlertSaid, RestPorts } from './ports.ts';
import { answered, notThere } from './problems.ts';
import { walkedPage, walkIn } from './walks.ts';

/** Of those that were seen, so many are stepped over to fill a page of unseen ones. */
const MOST_STEPS = 20;

export function alertRoutes({ journal, alerts, nowUs }: Pick<RestPorts, 'journal' | 'alerts' | 'nowUs'>): Route[] {
  const tags = ['alerts'];
  const told = (one: AlertSaid) => ({ ...one, seen: alerts.of(one.alert) });
  return [
    route({
      ...{ route: 'GET /api/v1/alerts', summary: 'Alerts of a window', tags, query: alertsQuery, out: { 200: page(alert) } },
      async handle({ query, request }) {
        const walk = walkIn('alerts', query);
        const items: ReturnType<typeof told>[] = [];
        let [next, seq, behind] = [null as string | null, 0, walk.behind];
        for (let step = 0; step < MOST_STEPS && items.length < walk.limit; step++) {
          const asked = { ...walk, behind, limit: walk.limit - items.length, severity: query.severity ?? null };
          const found = await answered(() => journal.alerts(asked, request.signal));
          items.push(
            ...found.items.map(told).filter(({ seen }) => query.unseen === undefined || (query.unseen === 'true') === (seen === null)),
          );
          [next, seq, behind] = [found.next, found.seq, found.next];
          if (next === null) break;
        }
        return { status: 200, body: walkedPage('alerts', query, { items, next, seq }) };
      },
    }),
    route({
      ...{ route: 'POST /api/v1/alerts/:alert/seen', summary: 'Somebody has seen it', tags, params: alertParams, out: { 200: alert } },
      async handle({ params, request }) {
        const found = await answered(() => journal.decision({ address: params.alert }, request.signal), 'params');
        if (found === null || found.type !== 'Alerted')
          throw notThere(`${params.alert} is no alert of this journal`, 'GET /api/v1/alerts lists them');
        const seen = await alerts.mark(params.alert, nameOf(callerOf(request)), nowUs());
        const { at, severity, topic, text } = found as unknown as AlertSaid;
        return { status: 200, body: { alert: params.alert, at, severity, topic, text, seen } };
      },
    }),
  ];
}
