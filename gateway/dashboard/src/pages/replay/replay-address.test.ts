// Laws of a replay's address: what is written is read as it was, junk names nothing, and a shared replay is joined only where it shows the moment.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSearch, searchText } from '../../view.ts';
import { namedIn, positionIn, positionText, showsIt, sourceIn } from './replay-address.ts';

const position = fc.record({ seq: fc.nat(1_000_000_000), at: fc.nat(4_000_000_000).map((seconds) => seconds * 1_000_001) });
const source = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[A-Za-z0-9][\w.-]{0,30}$/))
  .map(([run, name]) => (run ? { run: name } : { journal: name }));

test('an address is read as it was written', () => {
  fc.assert(
    fc.property(source, position, fc.stringMatching(/^[0-9a-f]{8}$/), (of, at, replay) => {
      const search = parseSearch(searchText({ ...sourceIn(of), at: positionText(at), replay }));
      expect(namedIn(search)).toEqual({ source: of, at, replay });
    }),
  );
});

test('a number alone is a moment too, and what is none names none', () => {
  expect(positionIn('8412077')).toEqual({ seq: 8412077 });
  for (const junk of [undefined, '', 'x', '-1', '1.5', '1@', '1@x', '@5', '9'.repeat(30), '1 2']) expect(positionIn(junk)).toBeNull();
  expect(namedIn({})).toEqual({ source: null, at: null, replay: null });
});

test('a replay is joined where it shows that moment, or plays; never moved from under somebody else', () => {
  const stands = { seq: 7, at: 900, playing: false, speed: null, why: 'moved' as const };
  const open = { source: { journal: 'demo-7' }, stands, ended: null };
  const named = { source: { journal: 'demo-7' }, at: { seq: 7, at: 900 }, replay: 'a' };
  expect(showsIt(open, named)).toBe(true);
  expect(showsIt(open, { ...named, at: null })).toBe(true);
  expect(showsIt(open, { ...named, at: { seq: 7 } })).toBe(true);
  expect(showsIt(open, { ...named, at: { seq: 7, at: 901 } })).toBe(false);
  expect(showsIt(open, { ...named, at: { seq: 8 } })).toBe(false);
  expect(showsIt(open, { ...named, source: { run: 'demo-7' } })).toBe(false);
  expect(showsIt({ ...open, stands: { ...stands, playing: true, speed: 1 } }, { ...named, at: { seq: 8 } })).toBe(true);
  expect(showsIt({ ...open, ended: 'nobody watched it' }, named)).toBe(false);
});
