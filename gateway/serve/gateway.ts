/**
 * The gateway, put together and listening: the layers round the routes, who may, the places to watch at, the pages. What is watched and
 * what is asked for is handed in; it knows no desk.
 */
import { createHash } from 'node:crypto';
import { Access, type AccessOptions } from '../access/access.ts';
import { firstRunLink, offerFirstRun } from '../access/first-run.ts';
import { newSecret } from '../access/secrets.ts';
import { compressionLayer } from '../http/compression.ts';
import { corsLayer, NO_CORS } from '../http/cors.ts';
import { etagLayer } from '../http/etag.ts';
import { IDEMPOTENCY_LIMITS, IdempotencyStore, idempotencyLayer } from '../http/idempotency.ts';
import { layered } from '../http/layer.ts';
import { Refused } from '../http/problem.ts';
import { type RateRule, rateLimitLayer, TokenBuckets } from '../http/rate-limit.ts';
import { requestIdLayer } from '../http/request-ids.ts';
import { type Admit, notFound, openRouter, type Route } from '../http/router.ts';
import { securityHeadersLayer } from '../http/security-headers.ts';
import type { StaticFiles } from '../http/static-files.ts';
import type { Hub, HubClock } from '../live/hub.ts';
import { watched } from '../live/live-end.ts';
import type { Transport } from '../transport/choose.ts';
import {
  CannotListen,
  DEFAULT_LIMITS,
  type HostRule,
  LOOPBACK_HOSTS,
  type Request,
  type Server,
  type SocketEnd,
  type TlsFiles,
} from '../transport/server.ts';
import { type AboutOf, accessLayer, callerOf, factsOf, nameOf, refusalHeaders, refusalProblem } from './admission.ts';
import { type SessionPlace, sessionRoutes } from './session-routes.ts';
import { openWatching, type Watching } from './watching.ts';

export type Listen = Readonly<{
  host: string;
  /** `{ from }`: that one, or the next that is free. */
  port: number | Readonly<{ from: number }>;
  tls: TlsFiles | null;
  /** Where browsers find it when something stands in front: `https://desk.example`. Null: nothing does. */
  url: string | null;
  /** Pages of other origins that may ask, with a token. */
  origins: readonly string[];
}>;

export type GatewayOptions = Readonly<{
  transport: Transport;
  listen: Listen;
  access: Omit<AccessOptions, 'origins'>;
  hub: Hub;
  clock: HubClock;
  place: Omit<SessionPlace, 'behindTls'>;
  /** All but those of sessions, which stand beside them. */
  routes: (access: Access, beside: readonly Route[]) => readonly Route[];
  /** What is watched at /api/v1/live; where nothing is said, the hub. */
  live?: Parameters<Watching['end']>[1];
  /** Other places to watch at. */
  ends?: (watching: Watching) => readonly SocketEnd[];
  aboutOf?: AboutOf;
  files: StaticFiles | null;
  /** Of those who watch, at once. */
  mostSockets?: number;
  failed: (error: unknown, where: string) => void;
}>;

export type Gateway = Readonly<{
  /** As a person opens it. */
  origin: string;
  driver: string;
  access: Access;
  server: Server;
  /** For the terminal, and only where there is no user yet. */
  firstRun(): Promise<string | null>;
  watchers(): number;
  close(withinMs: number, reason: string): Promise<void>;
}>;

/** Whose key it is; of those nobody knows, none is kept, or a stranger could use up the room for all. */
function keyHolder(request: Request): string | null {
  const caller = callerOf(request);
  return caller.by === 'nobody' ? null : nameOf(caller);
}

/** The desk knows these by their key as well: done twice they are answered as repeated. */
const takesRiskAway = ({ method, path }: Request): boolean =>
  method === 'DELETE' ? path.startsWith('/api/v1/orders/') : /^\/api\/v1\/(kill|pause|stop|flatten)$/.test(path);

/** Behind a proxy all have one address: who shows a session or a token has a measure of their own, which strangers cannot use up. */
function peerOf({ remote, headers }: Request): string {
  const shown = headers['authorization'] ?? headers['cookie'];
  return shown === undefined ? remote : `${remote} ${createHash('sha256').update(shown).digest('base64url').slice(0, 16)}`;
}

/** A page asks for a hundred files and documents when it opens; whoever asks for more, for longer, is a program that should watch instead. */
const RATE: RateRule = { name: 'requests', burst: 600, perSecond: 100, peers: 10_000 };
const NEXT_PORTS = 50;

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { transport, listen, hub, clock, files, failed, place, mostSockets = DEFAULT_LIMITS.sockets } = options;
  const behindTls = listen.url?.startsWith('https:') ?? false;
  /** Known once it listens; until then nobody can ask. */
  const origins: string[] = [];
  const access = new Access({ ...options.access, origins });
  const watching = openWatching({ access, clock, behindTls, origins });
  const aboutOf = options.aboutOf ?? (() => ({ owner: null, live: options.access.liveAccounts() }));
  const sessions = sessionRoutes(access, { ...place, behindTls });
  const routes = [...sessions, ...options.routes(access, sessions)];
  const admit: Admit = (request, about) => {
    const decision = access.decide(factsOf(request, behindTls), about);
    if (!decision.allowed) throw new Refused(refusalProblem(decision), refusalHeaders(decision));
  };
  const router = openRouter(routes, files === null ? notFound : (request) => files.answer(request), admit);
  const keys = new IdempotencyStore(IDEMPOTENCY_LIMITS, clock.nowMs);
  const answer = layered(
    [
      securityHeadersLayer,
      requestIdLayer(failed),
      corsLayer({ ...NO_CORS, origins: listen.origins }),
      rateLimitLayer(RATE, new TokenBuckets(RATE, clock.nowMs), peerOf),
      compressionLayer(),
      etagLayer,
      accessLayer(access, behindTls, aboutOf),
      idempotencyLayer(keys, keyHolder, () => false, takesRiskAway),
    ],
    (request) => router.answer(request),
  );
  const setup = {
    answer,
    ends: [watching.end('/api/v1/live', options.live ?? ((_, may) => watched(hub, may))), ...(options.ends?.(watching) ?? [])],
    hosts: hostsOf(listen),
    limits: { ...DEFAULT_LIMITS, unsentBytes: hub.setup.limits.unsentBytes, sockets: mostSockets },
    tls: listen.tls,
    failed,
  };
  const { server, port } = await listening(transport, setup, listen);
  const own = originsOf(listen, port);
  origins.push(...own);
  return {
    origin: own[0],
    driver: transport.sentence,
    access,
    server,
    watchers: () => watching.watchers(),
    async firstRun() {
      const { store, ports, demo } = options.access;
      if (demo || store.read().users.length > 0) return null;
      const secret = newSecret(ports);
      await store.change((state) => [offerFirstRun(state, secret, ports.nowUs()), null]);
      return firstRunLink(own[0], secret);
    },
    async close(withinMs, reason) {
      watching.close();
      hub.close();
      await server.drain(withinMs, reason);
    },
  };
}

async function listening(transport: Transport, setup: Parameters<Transport['open']>[0], { host, port }: Listen) {
  const asked = typeof port === 'number' ? [port] : Array.from({ length: NEXT_PORTS }, (_, more) => port.from + more);
  for (const [tries, one] of asked.entries()) {
    const server = transport.open(setup);
    try {
      return { server, ...(await server.listen(host, one)) };
    } catch (error) {
      if (!(error instanceof CannotListen) || tries === asked.length - 1) throw error;
    }
  }
  throw new CannotListen('no port was asked for');
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
export const isLoopbackHost = (host: string): boolean => LOOPBACK.includes(host);
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** The names it goes by; anything else that is asked for is somebody's trick. */
function hostsOf({ host, url }: Listen): HostRule {
  const own = isLoopbackHost(host) ? LOOPBACK_HOSTS : [bracketed(host)];
  return url === null ? own : [...own, new URL(url).hostname];
}

/** Of its own pages, the one to open first. */
function originsOf({ host, url, tls }: Listen, port: number): [string, ...string[]] {
  const scheme = tls === null ? 'http' : 'https';
  const names = isLoopbackHost(host) ? [host, ...LOOPBACK.filter((name) => name !== host)] : [host];
  const [first, ...more] = names.map((name) => new URL(`${scheme}://${bracketed(name)}:${port}`).origin);
  return url === null ? [first!, ...more] : [new URL(url).origin, first!, ...more];
}
