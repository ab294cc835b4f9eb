/** What this desk was started with, and what the gateway holds itself to. It is changed in the configuration, never from here. */
import { settings } from '../contracts/rest-desk.ts';
import { type Route, route } from '../http/router.ts';
import type { RestPorts } from './ports.ts';

export function settingRoutes({ desk, settings: port, backtests }: Pick<RestPorts, 'desk' | 'settings' | 'backtests'>): Route[] {
  return [
    route({
      ...{ route: 'GET /api/v1/settings', summary: 'What this desk was started with', tags: ['desk'], out: { 200: settings } },
      handle: () => ({
        status: 200,
        body: {
          ...{ desk: desk.name, mode: desk.mode, version: port.version, build: port.build },
          settings: port.rows().map((row) => ({ ...row })),
          limits: {
            ...{ backtestsAtOnce: backtests.limits.atOnce, backtestsWaiting: backtests.limits.waiting },
            ...{ questionMs: port.questions.withinMs, questionsWaiting: port.questions.waiting },
          },
        },
      }),
    }),
  ];
}
