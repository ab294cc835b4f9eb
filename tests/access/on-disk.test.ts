// The gateway over a real file: what the terminal revokes holds for the next request, and open sockets hear of it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type AccessEvent, AccessStore } from '#gateway/access/store.ts';
import { KeptTextOnDisk } from '#infra/access/kept-text.ts';
import { DOER, NOTHING, Place, withCookie, withToken } from './place.ts';

const root = mkdtempSync(join(tmpdir(), 'access-on-disk-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a token revoked and a user disabled by another writer', async () => {
  const folder = join(root, 'a');
  const [gateway, terminal] = [0, 1].map(() => new Place({ store: new AccessStore(new KeptTextOnDisk(folder, 'access.json')) }));
  const store = gateway!.access.options.store;
  gateway!.store = store;
  terminal!.store = terminal!.access.options.store;
  await terminal!.users(['root', 'admin'], ['anna', 'trader']);
  const token = await terminal!.token('anna', 'read');
  const signed = await gateway!.signedIn('anna');
  const heard: AccessEvent[] = [];
  const end = store.heard((event) => heard.push(event));

  const request = withToken(token, 'GET', '/api/v1/state');
  expect(gateway!.access.decide(request, NOTHING).allowed).toBe(true);
  await terminal!.administer.revokeToken(DOER, token.split('_')[1]!);
  expect(gateway!.access.decide(request, NOTHING).allowed).toBe(false); // no wait: the very next request
  await terminal!.administer.disable(DOER, 'anna');
  for (let tries = 0; heard.length < 3 && tries < 500; tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(heard.map(({ type }) => type)).toEqual(['TokenRevoked', 'SessionEnded', 'UserChanged']);
  expect(gateway!.access.standing(signed.caller)).toEqual({ by: 'nobody' });
  end();
  expect([...gateway!.troubles, ...terminal!.troubles]).toEqual([]);
});

test.skipIf(process.platform === 'win32')('a file that others can read lets nobody in, until it is closed again', async () => {
  const folder = join(root, 'b');
  const place = new Place({ store: new AccessStore(new KeptTextOnDisk(folder, 'access.json')) });
  place.store = place.access.options.store;
  await place.users(['root', 'admin']);
  const signed = await place.signedIn('root');
  const request = withCookie(signed, 'GET', '/api/v1/state');
  chmodSync(join(folder, 'access.json'), 0o644);
  expect(place.access.decide(request, NOTHING)).toMatchObject({ allowed: false, reason: 'unreadable' });
  chmodSync(join(folder, 'access.json'), 0o600);
  expect(place.access.decide(request, NOTHING).allowed).toBe(true);
});
