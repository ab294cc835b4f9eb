/** What is told of the machines is what runs: each told step is taken by the machine itself, and no machine takes one that is not told. */
import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { sessionMachine } from '#actors/session.ts';
import { strategyMachine } from '#actors/strategy.ts';
import type { RestMachine } from '../contracts/rest-machines.ts';
import { machineRoutes } from './machines.ts';

const [route] = machineRoutes();
const { body } = (await route!.handle({} as never)) as unknown as { body: { items: RestMachine[] } };
const told = new Map(body.items.map((machine) => [machine.machine, machine]));

test('all six are told, each with its beginning among its states', () => {
  expect([...told.keys()]).toEqual(['feed', 'candles', 'gate', 'order', 'strategy', 'session']);
  for (const { initial, states, transitions } of told.values()) {
    expect(states).toContain(initial);
    for (const { from, to } of transitions) expect(states).toEqual(expect.arrayContaining([from, to]));
  }
});

test.each([
  ['strategy', strategyMachine],
  ['session', sessionMachine],
] as const)('%s: each event in each state leads where it is told to lead', (name, machine) => {
  const { states, transitions } = told.get(name)!;
  const events = [...new Set(transitions.map(({ event }) => event))];
  for (const state of states)
    for (const event of events) {
      const actor = createActor(machine, { snapshot: machine.resolveState({ value: state as never, context: {} as never }) }).start();
      actor.send({ type: event } as never);
      const found = transitions.find((one) => one.from === state && one.event === event);
      expect([state, event, actor.getSnapshot().value]).toEqual([state, event, found?.to ?? state]);
    }
});

test('what the whole machine says holds in each state that does not say otherwise', () => {
  const { states, transitions } = told.get('gate')!;
  const killed = transitions.filter(({ event }) => event === 'Killed');
  expect(killed.map(({ from }) => from).sort()).toEqual(states.filter((state) => state !== 'KILLED').sort());
  expect(killed.every(({ to }) => to === 'KILLED')).toBe(true);
  expect(transitions.some(({ from, event }) => from === 'KILLED' && event === 'Restricted')).toBe(true);
});

test('conditions are told in words, first the one that is looked at first', () => {
  const closing = told.get('order')!.transitions.filter(({ from, event }) => from === 'LIVE' && event === 'Filled');
  expect(closing).toEqual([
    { from: 'LIVE', event: 'Filled', to: 'FILLED', when: 'fills whole' },
    { from: 'LIVE', event: 'Filled', to: 'LIVE', when: null },
  ]);
});
