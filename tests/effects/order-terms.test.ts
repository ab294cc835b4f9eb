/** What a venue does not take never reaches it as something else: the desk refuses it, and so does the outbox should the desk have been told wrong. */
import { expect, test } from 'vitest';
import { ticks } from './day.ts';
import { openStage, order, PATIENT } from './scene.ts';

const { opened } = await openStage();
const far = order('buy', 3, { type: 'limit', price: ticks('BTC-USD', -50) });

test('the clause refuses it by name, and nothing is asked of the venue', async () => {
  const scene = await opened();
  scene.want({ ...far, timeInForce: 'FOK' });
  await scene.world.until(() => scene.world.decisions.some(({ type }) => type === 'OrderRefused'), 'it is refused');
  const refused = scene.world.decisions.find((decision) => decision.type === 'OrderRefused');
  expect(refused?.type === 'OrderRefused' && refused.clauses.filter(({ ok }) => !ok).map(({ clause }) => clause)).toEqual(['venue']);
  expect(scene.asks('send')).toEqual([]);
});

test('an account that promises more than its adapter can do: the outbox keeps the order at home and says so', async () => {
  const takes = { orderTypes: ['limit'], timesInForce: ['GTC', 'FOK'], postOnly: true } as const;
  const scene = await opened({ terms: { ...PATIENT, takes } });
  scene.want({ ...far, timeInForce: 'FOK' });
  await scene.newest('REJECTED');
  expect(scene.asks('send')).toEqual([]);
  scene.want(far);
  await scene.newest('LIVE');
  expect(scene.asks('send')).toHaveLength(1);
  expect(await scene.agreed()).toEqual([]);
});
