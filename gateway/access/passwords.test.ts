// Which passwords will do, how they are kept, and that checking one tells nothing of whether the name is known.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argonPasswords, checkPassword, LEAST_LENGTH, MOST_BYTES, PASSWORD_COST, PasswordsBusy } from './passwords.ts';
import { AccessRefused } from './refusals.ts';

const CHEAP = { memoryKib: 8, passes: 1, lanes: 1 };

describe('a password', () => {
  test.each([
    ['', 'nothing'],
    ['short one!!', 'eleven characters'],
    ['aaaaaaaaaaaaaaaa', 'one character'],
    ['ababababababab', 'two'],
    ['anna-the-trader', 'the name'],
    ['Anna-The-Trader', 'the name, in other letters'],
    ['annathetrader123456', 'the name, with numbers'],
    ['Password12345', 'the first guess'],
    ['retrace-2024-1', 'our own name'],
    ['a'.repeat(20) + 'bcdefgh'.repeat(200), 'too long'],
    ['good words\nand a break', 'a line break'],
  ])('%# is refused: %s', (password) => {
    expect(() => checkPassword('anna-the-trader', password)).toThrow(AccessRefused);
  });

  test('is never repeated by its refusal', () => {
    const telling = 'xyzzy-secret';
    for (const password of [telling.slice(0, 9), `${telling}\n`, telling + 'z'.repeat(MOST_BYTES)]) {
      try {
        checkPassword('anna', password);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('xyzzy');
      }
    }
  });

  test('of enough different characters will do, in any writing', () => {
    for (const password of ['four blue horses', 'Ünïcödé ïs fïne', '很长很长的密码是很好的密码吧', `${'x1y2z3 '.repeat(100)}`])
      expect(() => checkPassword('anna', password)).not.toThrow();
    expect([...'很长很长的密码是很好的密码吧'].length).toBeGreaterThanOrEqual(LEAST_LENGTH);
  });
});

describe('what is kept', () => {
  test('is argon2id with the stated parameters, and never twice the same', async () => {
    const passwords = argonPasswords();
    const [one, other] = [await passwords.hash('four blue horses'), await passwords.hash('four blue horses')];
    expect(one).toMatch(
      new RegExp(`^\\$argon2id\\$v=19\\$m=${PASSWORD_COST.memoryKib},t=${PASSWORD_COST.passes},p=${PASSWORD_COST.lanes}\\$`),
    );
    expect(one).not.toBe(other);
    // the least that is held to be enough today: 19 MiB, two passes
    expect(PASSWORD_COST.memoryKib * PASSWORD_COST.passes).toBeGreaterThanOrEqual(19_456 * 2);
  });

  test('opens for this password and no other', async () => {
    const passwords = argonPasswords(CHEAP);
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ maxLength: 40 }), async (password, other) => {
        const kept = await passwords.hash(password);
        expect(await passwords.verify(kept, password)).toBe(true);
        expect(await passwords.verify(kept, other)).toBe(other === password);
      }),
      { numRuns: 50 },
    );
  });

  test('of nobody opens for nothing, not even for what it was made of', async () => {
    const passwords = argonPasswords(CHEAP);
    for (const password of ['of nobody', '', 'x']) expect(await passwords.verify(null, password)).toBe(false);
  });

  test('a text beyond the bound is wrong, and is not hashed', async () => {
    const passwords = argonPasswords(CHEAP);
    const kept = await passwords.hash('');
    expect(await passwords.verify(kept, 'x'.repeat(MOST_BYTES + 1))).toBe(false);
  });

  test('with less work than now is weak', async () => {
    const [weak, now] = [argonPasswords(CHEAP), argonPasswords({ memoryKib: 16, passes: 1, lanes: 1 })];
    const kept = await weak.hash('four blue horses');
    expect([weak.isWeak(kept), now.isWeak(kept), now.isWeak(await now.hash('four blue horses'))]).toEqual([false, true, false]);
  });
});

describe('checking', () => {
  test('takes as long for a name that nobody has', async () => {
    const passwords = argonPasswords({ memoryKib: 8_192, passes: 2, lanes: 1 });
    const kept = await passwords.hash('four blue horses');
    await passwords.verify(null, 'x');
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let turn = 0; turn < 30; turn++)
      for (const [name, hash] of [
        ['known', kept],
        ['unknown', null],
      ] as const) {
        const begun = performance.now();
        await passwords.verify(hash, 'a wrong password');
        times[name].push(performance.now() - begun);
      }
    const median = (of: number[]) => of.sort((a, b) => a - b)[of.length >> 1]!;
    const ratio = median(times.unknown) / median(times.known);
    expect(ratio).toBeGreaterThan(0.5); // without the work it would be a thousandth
    expect(ratio).toBeLessThan(2);
  });

  test('of too many at once is refused by name, and those that wait are all answered', async () => {
    const passwords = argonPasswords({ memoryKib: 1_024, passes: 1, lanes: 1 });
    const settled = await Promise.allSettled(Array.from({ length: 60 }, () => passwords.hash('four blue horses')));
    const refused = settled.filter((each) => each.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(settled.length - refused.length).toBeGreaterThanOrEqual(18);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(PasswordsBusy);
    await expect(passwords.hash('four blue horses')).resolves.toContain('$argon2id$');
  });
});
