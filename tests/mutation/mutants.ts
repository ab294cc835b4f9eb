/**
 * Every way to delete one transition of one machine or to move one scan's stop condition by one, as desks that have it. The same
 * walk makes the copies that record which transitions a day takes: a deleted branch and a watched one are named alike.
 */

import { type AnyStateMachine, createMachine } from 'xstate';
import { MACHINES, type Machines, SCANS, type Scans } from '#actors/desk/core.ts';
import { Levels } from '#engine/execution/matching.ts';

export type Alteration = Readonly<{ machines?: Machines; scans?: Scans }>;
export type Mutant = Readonly<{ name: string; altered: Alteration }>;

type Branch = Readonly<{ target?: unknown; guard?: unknown; actions?: unknown }>;
/** As it stands in a machine's config: a target, a branch, several, or an event forbidden here and so kept from the machine's own `on`. */
type Transition = string | Branch | readonly Branch[] | undefined;
type On = Readonly<Record<string, Transition>>;
type Config = Readonly<{ on?: On; states: Readonly<Record<string, Readonly<{ on?: On }>>> }>;

const MACHINE_NAMES = Object.keys(MACHINES) as (keyof Machines)[];
const configOf = (machine: keyof Machines): Config => MACHINES[machine].config as unknown as Config;

/** `null` stands for the machine-level `on`, which holds in every state that does not say otherwise. */
type Place = Readonly<{ machine: keyof Machines; state: string | null; event: string; branch: number; of: number }>;

/** `order SENDING Filled[1]`; without a number where there is one branch; `*` for the machine-level `on`. */
const nameOf = ({ machine, state, event, branch, of }: Place): string =>
  `${machine} ${state ?? '*'} ${event}${of === 1 ? '' : `[${branch}]`}`;

function placesOf(machine: keyof Machines): Place[] {
  const { on, states } = configOf(machine);
  const placesIn = (state: string | null, events: On = {}): Place[] =>
    Object.entries(events).flatMap(([event, transition]) => {
      const of = Array.isArray(transition) ? transition.length : 1;
      return Array.from({ length: of }, (_, branch) => ({ machine, state, event, branch, of }));
    });
  return [...placesIn(null, on), ...Object.entries(states).flatMap(([state, { on: events }]) => placesIn(state, events))];
}

/** The machine with every `on` made anew by `change`. */
function rebuilt(machine: keyof Machines, change: (state: string | null, on: On) => On): AnyStateMachine {
  const config = configOf(machine);
  const states = Object.fromEntries(
    Object.entries(config.states).map(([state, node]) => [state, node.on === undefined ? node : { ...node, on: change(state, node.on) }]),
  );
  const top = config.on === undefined ? {} : { on: change(null, config.on) };
  return createMachine({ ...config, ...top, states } as never, MACHINES[machine].implementations as never);
}

const withMachine = (machine: keyof Machines, made: AnyStateMachine): Machines => ({ ...MACHINES, [machine]: made });

function without(place: Place): Alteration {
  const made = rebuilt(place.machine, (state, on) => {
    if (state !== place.state) return on;
    const { [place.event]: transition, ...rest } = on;
    const left = Array.isArray(transition) ? transition.filter((_, branch) => branch !== place.branch) : [];
    return left.length === 0 ? rest : { ...rest, [place.event]: left };
  });
  return { machines: withMachine(place.machine, made) };
}

export const DELETIONS: readonly Mutant[] = MACHINE_NAMES.flatMap(placesOf).map((place) => ({
  name: nameOf(place),
  altered: without(place),
}));

/** The machines as they are, telling `taken` the name of each branch that is taken. */
export function watchedMachines(taken: (name: string) => void): Machines {
  const watched = (machine: keyof Machines): AnyStateMachine =>
    rebuilt(machine, (state, on) =>
      Object.fromEntries(
        Object.entries(on).map(([event, transition]) => {
          const branches: readonly Branch[] = Array.isArray(transition)
            ? (transition as readonly Branch[])
            : [typeof transition === 'string' ? { target: transition } : ((transition as Branch | undefined) ?? {})];
          return [
            event,
            branches.map((branch, index) => {
              const name = nameOf({ machine, state, event, branch: index, of: branches.length });
              return { ...branch, actions: [() => taken(name), ...[branch.actions ?? []].flat()] };
            }),
          ];
        }),
      ),
    );
  return Object.fromEntries(MACHINE_NAMES.map((machine) => [machine, watched(machine)])) as unknown as Machines;
}

// ── scans ──

const movedLevels = (levels: Levels, by: Partial<Record<'buyBelow' | 'buyAbove' | 'sellAbove' | 'sellBelow', number>>): Levels => {
  const moved = Object.assign(new Levels(), levels);
  for (const [side, one] of Object.entries(by)) moved[side as 'buyBelow'] += one;
  return moved;
};

/**
 * Each stop condition, one later: a tick that must be taken by itself is folded with the rest. One earlier is no fault but the same
 * desk: a stop is only a reason to judge a tick by itself, and an ordinary tick judged by itself is what folding it would have been.
 * The exception is the instant, which is no reason to look but an order of events: one earlier, and what is due overtakes a tick.
 */
const SHIFTS: Readonly<Record<string, Partial<Scans>>> = {
  'ordinary, one tick later': {
    ordinary: (lane, block, folded, from, to, lag) => Math.min(to, SCANS.ordinary(lane, block, folded, from, to, lag) + 1),
  },
  'atLevel, low − 1': { atLevel: (prices, from, to, low, high) => SCANS.atLevel(prices, from, to, low - 1, high) },
  'atLevel, high + 1': { atLevel: (prices, from, to, low, high) => SCANS.atLevel(prices, from, to, low, high + 1) },
  'atQuoteLevel, buyBelow − 1': {
    atQuoteLevel: (levels, bids, asks, from, to) => SCANS.atQuoteLevel(movedLevels(levels, { buyBelow: -1 }), bids, asks, from, to),
  },
  'atQuoteLevel, buyAbove + 1': {
    atQuoteLevel: (levels, bids, asks, from, to) => SCANS.atQuoteLevel(movedLevels(levels, { buyAbove: 1 }), bids, asks, from, to),
  },
  'atQuoteLevel, sellAbove + 1': {
    atQuoteLevel: (levels, bids, asks, from, to) => SCANS.atQuoteLevel(movedLevels(levels, { sellAbove: 1 }), bids, asks, from, to),
  },
  'atQuoteLevel, sellBelow − 1': {
    atQuoteLevel: (levels, bids, asks, from, to) => SCANS.atQuoteLevel(movedLevels(levels, { sellBelow: -1 }), bids, asks, from, to),
  },
  'atBorder, border + 1 µs': { atBorder: (times, from, to, border) => SCANS.atBorder(times, from, to, border + 1) },
  'atInstant, instant − 1 µs': { atInstant: (at, from, to, instant) => SCANS.atInstant(at, from, to, instant - 1) },
  'atInstant, instant + 1 µs': { atInstant: (at, from, to, instant) => SCANS.atInstant(at, from, to, instant + 1) },
};

export const SHIFTED: readonly Mutant[] = Object.entries(SHIFTS).map(([name, shift]) => ({
  name: `scan ${name}`,
  altered: { scans: { ...SCANS, ...shift } },
}));

/** The scans as they are, telling `taken` the name of each shift that would have stopped elsewhere. */
export function watchedScans(taken: (name: string) => void): Scans {
  const watched = <Name extends keyof Scans>(name: Name): Scans[Name] => {
    const real = SCANS[name] as (...args: readonly unknown[]) => number;
    const shifts = Object.entries(SHIFTS).filter(([, shift]) => shift[name] !== undefined);
    return ((...args: readonly unknown[]) => {
      const stop = real(...args);
      for (const [shift, scans] of shifts) {
        if ((scans[name] as typeof real)(...args) !== stop) taken(`scan ${shift}`);
      }
      return stop;
    }) as unknown as Scans[Name];
  };
  return {
    ordinary: watched('ordinary'),
    atLevel: watched('atLevel'),
    atQuoteLevel: watched('atQuoteLevel'),
    atBorder: watched('atBorder'),
    atInstant: watched('atInstant'),
  };
}

export const MUTANTS: readonly Mutant[] = [...DELETIONS, ...SHIFTED];
