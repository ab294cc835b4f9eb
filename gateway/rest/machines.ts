/** The machines the desk is made of, told from their own definitions: what is drawn is what runs. */
import { candlesMachine } from '#actors/candles.ts';
import { feedMachine } from '#actors/feed.ts';
import { gateMachine } from '#actors/gate.ts';
import { orderMachine } from '#actors/order.ts';
import { sessionMachine } from '#actors/session.ts';
import { strategyMachine } from '#actors/strategy.ts';
import { whole } from '../contracts/rest.ts';
import { type RestMachine, machine as schema } from '../contracts/rest-machines.ts';
import { type Route, route } from '../http/router.ts';

type Node = Readonly<{ key: string; transitions: ReadonlyMap<string, readonly Taken[]> }>;
type Taken = Readonly<{ target?: readonly Node[] | undefined; guard?: unknown }>;
type Definition = Readonly<{ root: Node & Readonly<{ states: Readonly<Record<string, Node>>; initial: Taken }> }>;

const MACHINES = [
  { machine: 'feed', about: 'whether a source of an instrument can be trusted', per: 'instrument and source', definition: feedMachine },
  {
    machine: 'candles',
    about: 'what the candles of a length are doing',
    per: 'instrument, source and timeframe',
    definition: candlesMachine,
  },
  { machine: 'gate', about: 'whether orders may leave', per: 'scope', definition: gateMachine },
  { machine: 'order', about: 'the life of an order', per: 'order', definition: orderMachine },
  { machine: 'strategy', about: 'the life of a deployed strategy', per: 'strategy', definition: strategyMachine },
  { machine: 'session', about: "the session with an account's venue", per: 'account', definition: sessionMachine },
] as const;

export function machineRoutes(): Route[] {
  const items = MACHINES.map(({ definition, ...rest }) => ({ ...rest, ...shapeOf(definition as unknown as Definition) }));
  return [
    route({
      ...{ route: 'GET /api/v1/machines', summary: 'The state machines of a desk, as data', tags: ['desk'], out: { 200: whole(schema) } },
      handle: () => ({ status: 200, body: { items, seq: 0 } }),
    }),
  ];
}

/** What a state says of an event hides what the whole machine says of it, unless each of its conditions may fail. */
function shapeOf({ root }: Definition): Pick<RestMachine, 'initial' | 'states' | 'transitions'> {
  const states = Object.values(root.states);
  return {
    initial: root.initial.target![0]!.key,
    states: states.map(({ key }) => key),
    transitions: states.flatMap((state) => {
      const events = [...new Set([...state.transitions.keys(), ...root.transitions.keys()])];
      return events.flatMap((event) => {
        const own = state.transitions.get(event);
        const decided = own?.some(({ guard }) => guard === undefined) ?? false;
        const all = [...(own ?? []), ...(decided ? [] : (root.transitions.get(event) ?? []))];
        return all.filter((taken) => !forbids(taken)).map((taken) => step(state.key, event, taken));
      });
    }),
  };
}

/** An event that a state says nothing on leads nowhere and changes nothing. */
const forbids = ({ target, guard, ...rest }: Taken): boolean =>
  target === undefined && guard === undefined && (rest as Readonly<{ actions?: readonly unknown[] }>).actions?.length === 0;

const step = (from: string, event: string, { target, guard }: Taken) => ({
  ...{ from, event, to: target?.[0]?.key ?? from },
  when: guard === undefined ? null : words(typeof guard === 'string' ? guard : String((guard as { type?: string }).type ?? 'a condition')),
});

/** `tooManyFaults` as `too many faults`. */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
