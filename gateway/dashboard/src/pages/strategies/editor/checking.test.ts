// A text that is checked as it is typed: one question at a time, the newest text always told in the end, and no question while nothing changes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StrategyChecked } from '#gateway/contracts/rest-strategies.ts';
import { Checker, type Checking, REST_MS } from './checking.ts';

const answerTo = (text: string): StrategyChecked => ({
  ok: true,
  name: text,
  version: text,
  about: null,
  faults: [],
  kept: false,
  isNew: false,
  trial: null,
});

/** Time and the gateway, moved by hand. */
class Hands {
  now = 0;
  asked: string[] = [];
  most = 0;
  told: Checking | null = null;
  #open = 0;
  #timers: { at: number; call: () => void }[] = [];
  #answers: (() => void)[] = [];
  readonly checker = new Checker({
    ask: (text) => {
      this.asked.push(text);
      this.#open++;
      this.most = Math.max(this.most, this.#open);
      return new Promise((resolve, reject) => {
        this.#answers.push(() => {
          this.#open--;
          if (text === 'fails') reject(new Error('no answer'));
          else resolve(answerTo(text));
        });
      });
    },
    after: (ms, call) => {
      const timer = { at: this.now + ms, call };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      };
    },
    changed: (now) => {
      this.told = now;
    },
  });

  pass(ms: number): void {
    this.now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    for (const { call } of due) call();
  }
  async answer(): Promise<void> {
    this.#answers.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
  }
  async settle(): Promise<void> {
    for (let n = 0; n < 20; n++) {
      this.pass(REST_MS);
      await this.answer();
    }
  }
}

test('hands that type ask nothing until they rest', async () => {
  const hands = new Hands();
  for (const text of ['a', 'ab', 'abc']) {
    hands.checker.text(text);
    hands.pass(REST_MS - 1);
  }
  expect(hands.asked).toEqual([]);
  expect(hands.told?.behind).toBe(true);
  hands.pass(1);
  await hands.answer();
  expect([hands.asked, hands.told?.answer?.name, hands.told?.behind]).toEqual([['abc'], 'abc', false]);
});

test('what stands already is asked at once, and not again when it is typed back', async () => {
  const hands = new Hands();
  hands.checker.text('a', true);
  await hands.answer();
  hands.checker.text('ab');
  hands.checker.text('a');
  await hands.settle();
  expect([hands.asked, hands.told?.behind]).toEqual([['a'], false]);
});

test('a question that was not answered is told, and the next text is asked about', async () => {
  const hands = new Hands();
  hands.checker.text('fails', true);
  await hands.answer();
  expect(hands.told).toMatchObject({ error: { message: 'no answer' }, answer: null });
  hands.checker.text('b');
  await hands.settle();
  expect([hands.told?.error, hands.told?.answer?.name]).toEqual([null, 'b']);
});

test('however it is typed and answered: never two at once, and at rest the answer is that of the newest text', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('type' as const), text: fc.constantFrom('a', 'b', 'c', 'fails') }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2 * REST_MS }) }),
    fc.record({ do: fc.constant('answer' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const hands = new Hands();
      let newest: string | null = null;
      for (const one of steps) {
        if (one.do === 'type') {
          newest = one.text;
          hands.checker.text(one.text);
        } else if (one.do === 'pass') hands.pass(one.ms);
        else if (one.do === 'answer') await hands.answer();
      }
      await hands.settle();
      expect(hands.most).toBeLessThanOrEqual(1);
      if (newest !== null) {
        expect([hands.told?.text, hands.told?.behind]).toEqual([newest, false]);
        expect(newest === 'fails' ? hands.told?.error instanceof Error : hands.told?.answer?.name).toBe(newest === 'fails' ? true : newest);
      }
      const asked = hands.asked.length;
      await hands.settle();
      expect(hands.asked.length).toBe(asked);
    }),
  );
});
