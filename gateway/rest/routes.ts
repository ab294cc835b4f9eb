/** All routes of the REST API. Each has its row in the policy, and the policy no row that nobody serves: a test holds both ways. */
import type { Route } from '../http/router.ts';
import { alertRoutes } from './alerts.ts';
import { backtestRoutes } from './backtests.ts';
import { commandRoutes } from './commands.ts';
import { decisionRoutes } from './decisions.ts';
import { deskRoutes } from './desks.ts';
import { documentRoutes } from './documents.ts';
import { healthRoutes } from './health.ts';
import { journalRoutes } from './journal.ts';
import { machineRoutes } from './machines.ts';
import { marketRoutes } from './market.ts';
import { metricRoutes } from './metrics.ts';
import { orderRoutes } from './orders.ts';
import { peopleRoutes } from './people.ts';
import { portfolioRoutes } from './portfolio.ts';
import type { RestPorts } from './ports.ts';
import { runRoutes } from './runs.ts';
import { settingRoutes } from './settings.ts';
import { strategyRoutes } from './strategies.ts';
import { sweepRoutes } from './sweeps.ts';

/** `beside`: routes that others serve, for the document. */
export function restRoutes(ports: RestPorts, beside: () => readonly Route[] = () => []): Route[] {
  const routes: Route[] = [
    ...deskRoutes(ports),
    ...machineRoutes(),
    ...marketRoutes(ports),
    ...orderRoutes(ports),
    ...portfolioRoutes(ports),
    ...decisionRoutes(ports),
    ...journalRoutes(ports),
    ...alertRoutes(ports),
    ...commandRoutes(ports),
    ...strategyRoutes(ports),
    ...runRoutes(ports),
    ...sweepRoutes(ports),
    ...backtestRoutes(ports),
    ...peopleRoutes(ports),
    ...settingRoutes(ports),
    ...healthRoutes(ports),
    ...metricRoutes(ports),
    ...documentRoutes(() => [...routes, ...beside()], ports.settings.version),
  ];
  return routes;
}
