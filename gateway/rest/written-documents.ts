/** The documents of the API as files: of every route a gateway serves, none of which is asked anything here. */
import type { Access } from '../access/access.ts';
import { openApiDocument } from '../http/openapi.ts';
import type { Route } from '../http/router.ts';
import type { Replays } from '../replays/replays.ts';
import { replayRoutes } from '../replays/routes.ts';
import { sessionRoutes } from '../serve/session-routes.ts';
import { asyncApiDocument } from './asyncapi.ts';
import { titleOf } from './documents.ts';
import type { RestPorts } from './ports.ts';
import { restRoutes } from './routes.ts';

/** By the name of the file. */
export function writtenDocuments(version: string): Readonly<Record<'openapi.json' | 'asyncapi.json', string>> {
  return {
    'openapi.json': textOf(openApiDocument(everyRoute(), titleOf(version))),
    'asyncapi.json': textOf(asyncApiDocument(titleOf(version))),
  };
}

const textOf = (document: unknown): string => `${JSON.stringify(document, null, 2)}\n`;

/** For their shapes: whatever a handler would ask of is there, and nothing of it can be used. */
function everyRoute(): Route[] {
  const anything: unknown = new Proxy(() => {}, { get: () => anything });
  const place = { desk: '', mode: () => 'PAPER' as const, version: '', behindTls: false };
  return [
    ...restRoutes(anything as RestPorts),
    ...replayRoutes(anything as Replays, () => ''),
    ...sessionRoutes(anything as Access, place),
  ];
}
