// Waits grow, end, are forgotten, and take a fixed, small room, however many names and addresses are tried.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessState, NOBODY_YET } from './access-state.ts';
import { countTry, FORGOTTEN_US, FREE_TRIES, keysOf, LONGEST_WAIT_US, MOST_KEPT, takeBack, waitAfter, waitUs } from './lock-out.ts';
import { placeOf } from './request.ts';
import { addUser } from './users.ts';

const HASH = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$x';
const START = 1_700_000_000_000_000;
const WITH_ROOT = addUser(NOBODY_YET, { name: 'root', role: 'admin', hash: HASH }, START);
const tried = (state: AccessState, name: string, address: string, at: number) => countTry(state, keysOf(state, name, address), at);
const held = (state: AccessState, name: string, address: string, at: number) => waitUs(state, keysOf(state, name, address), at);

test('waits begin at the stated try, never shrink with more, and end at a quarter of an hour', () => {
  for (const kind of ['user', 'name', 'address'] as const) {
    expect(waitAfter(kind, FREE_TRIES[kind] - 1)).toBe(0);
    expect(waitAfter(kind, FREE_TRIES[kind])).toBeGreaterThan(0);
    for (let failures = 1; failures < 1_000; failures++) {
      expect(waitAfter(kind, failures + 1)).toBeGreaterThanOrEqual(waitAfter(kind, failures));
      expect(waitAfter(kind, failures)).toBeLessThanOrEqual(LONGEST_WAIT_US);
    }
  }
});

test('whatever is tried, nobody waits longer than the longest wait', () => {
  const one = fc.record({
    name: fc.constantFrom('root', 'x', 'y'),
    address: fc.constantFrom('1.1.1.1', '2.2.2.2'),
    after: fc.nat(LONGEST_WAIT_US),
    right: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 80 }), (tries) => {
      let [state, at] = [WITH_ROOT, START];
      for (const { name, address, after, right } of tries) {
        at += after;
        const keys = keysOf(state, name, address);
        if (waitUs(state, keys, at) > 0) continue;
        state = countTry(state, keys, at);
        if (right) state = takeBack(state, keys);
        for (const each of ['root', 'x', 'y']) {
          expect(held(state, each, address, at)).toBeLessThanOrEqual(LONGEST_WAIT_US);
          expect(held(state, each, address, at + LONGEST_WAIT_US)).toBe(0);
        }
        if (right) expect(state.waits.some((wait) => wait.of === name)).toBe(false);
      }
    }),
  );
});

test('a clock that went back does not make anybody wait for longer', () => {
  let state = WITH_ROOT;
  for (let count = 0; count < 30; count++) state = tried(state, 'root', '1.1.1.1', START);
  expect(held(state, 'root', '2.2.2.2', START - 10 * FORGOTTEN_US)).toBeLessThanOrEqual(LONGEST_WAIT_US);
});

test('a flood of names and addresses takes a fixed room and pushes no user out', () => {
  let state = WITH_ROOT;
  for (let count = 0; count < FREE_TRIES.user; count++) state = tried(state, 'root', '1.1.1.1', START);
  for (let count = 0; count < 2 * MOST_KEPT; count++)
    state = tried(state, `name${count}`, `10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`, START + count);
  expect(state.waits.length).toBeLessThanOrEqual(2 * MOST_KEPT + 1);
  expect(held(state, 'root', '9.9.9.9', START + 1)).toBeGreaterThan(0);
});

test('is forgotten after a day', () => {
  let state = WITH_ROOT;
  for (let count = 0; count < FREE_TRIES.user - 1; count++) state = tried(state, 'root', '1.1.1.1', START);
  state = tried(state, 'root', '1.1.1.1', START + FORGOTTEN_US);
  expect(held(state, 'root', '1.1.1.1', START + FORGOTTEN_US)).toBe(0);
  expect(state.waits.map(({ failures }) => failures)).toEqual([1, 1]);
});

describe('a place', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is counted as %s', (address, place) => expect(placeOf(address)).toBe(place));
});
