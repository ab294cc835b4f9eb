/** Where a gateway listens, from settings; what is said of it; and what is said when it cannot. A desk trades on without one. */

import type { Listen } from '#gateway/serve/gateway.ts';
import { CannotListen } from '#gateway/transport/server.ts';
import type { RunConfig } from '#infra/config/run-schema.ts';
import type { DeskGateway } from './desk-gateway.ts';

/** Where nobody says otherwise: this port, or the next that is free. */
export const FIRST_PORT = 4747;
export const AT_HOME: Listen = { host: '127.0.0.1', port: { from: FIRST_PORT }, tls: null, url: null, origins: [] };

export function listenOf({ port, host, url, certFile, keyFile, origins }: RunConfig['gateway']): Listen {
  return {
    ...{ host, origins },
    port: typeof port === 'number' ? port : { from: FIRST_PORT },
    url: url === null ? null : url.replace(/\/$/, ''),
    tls: certFile === null || keyFile === null ? null : { cert: certFile, key: keyFile },
  };
}

/** Null, and said why: nobody can watch, and everything else goes on. */
export async function openOrSay(opening: Promise<DeskGateway>, say: (why: string) => void): Promise<DeskGateway | null> {
  try {
    return await opening;
  } catch (error) {
    const { name, message } = error as Error;
    say(
      `no dashboard: ${name === 'Error' || error instanceof CannotListen ? message : `${name}: ${message}`}; the desk goes on without one`,
    );
    return null;
  }
}

type Opened = Pick<DeskGateway, 'origin' | 'driver' | 'firstRun'>;
export const gatewayLines = (opened: Opened): string[] => [gatewayLine(opened), ...firstRunLines(opened)];
export const gatewayLine = ({ origin, driver }: Opened): string => `dashboard ${origin} (${driver})`;
/** A key to the house: for whoever sits at the terminal. */
export const firstRunLines = ({ firstRun }: Opened): string[] =>
  firstRun === null ? [] : [`make the first user there: ${firstRun} works once, for an hour; or npx retrace user add`];
