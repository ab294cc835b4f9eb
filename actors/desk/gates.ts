/** The gates of all scopes, and what their moves ask of working orders. */
import type { Scope } from '#engine/inputs.ts';
import type { Plain } from '#engine/record.ts';
import { Living } from '../actor.ts';
import type { GateCause, GateContext, GateEvent, GateState } from '../gate.ts';
import type { Core } from './core.ts';

export type Gate = Readonly<{ scope: Scope; of: string; living: Living<GateState, GateContext, GateEvent> }> & { changedAt: number };

export class Gates {
  readonly all: Gate[] = [];
  readonly global: Gate;
  /** Scopes that became HALTED or KILLED in this fact: their working orders are cancelled in its last stage. */
  stopped: Gate[] = [];
  readonly #core: Core;
  readonly #byKey = new Map<string, Gate>();

  constructor(core: Core) {
    this.#core = core;
    this.global = this.create('global', '*');
  }

  create(scope: Scope, of: string, saved: { value: GateState; context: GateContext } | null = null): Gate {
    const key = `${scope}:${of}`;
    const gate: Gate = { scope, of, living: new Living(this.#core.machines.gate, `gate:${key}`, undefined, saved), changedAt: 0 };
    this.all.push(gate);
    this.#byKey.set(key, gate);
    return gate;
  }

  /** A gate of a scope that needs nobody's leave to open: an instrument, a strategy. */
  createArmed(scope: Scope, of: string): Gate {
    const gate = this.create(scope, of);
    for (const type of ['Booted', 'Recovered', 'Reconciled', 'Armed'] as const) this.send(gate, { type });
    return gate;
  }

  find(scope: Scope, of: string): Gate | null {
    return this.#byKey.get(scope === 'global' ? 'global:*' : `${scope}:${of}`) ?? null;
  }

  send(gate: Gate, event: GateEvent): boolean {
    const { living } = gate;
    const from = living.value;
    if (!living.send(event)) return false;
    gate.changedAt = this.#core.cause;
    const why = event.type === 'Restricted' || event.type === 'Cleared' ? `${event.type}:${event.cause}` : event.type;
    this.#core.decide('GateMoved', {
      scope: gate.scope,
      of: gate.of,
      from,
      to: living.value,
      why,
      reasons: living.context.reasons.map((reason) => `${reason.cause}:${reason.of}`),
      numbers: [],
    });
    if (living.value === 'HALTED' || living.value === 'KILLED') this.stopped.push(gate);
    return true;
  }

  restrict(gate: Gate, cause: GateCause, of: string): void {
    this.send(gate, { type: 'Restricted', cause, of });
  }

  clear(gate: Gate, cause: GateCause, of: string): void {
    this.send(gate, { type: 'Cleared', cause, of });
  }

  has(gate: Gate, cause: GateCause, of: string): boolean {
    return gate.living.context.reasons.some((reason) => reason.cause === cause && reason.of === of);
  }

  save(): Plain {
    return this.all.map((gate) => ({
      scope: gate.scope,
      of: gate.of,
      value: gate.living.value,
      context: gate.living.context as unknown as Plain,
      changedAt: gate.changedAt,
    }));
  }

  load(saved: readonly { scope: Scope; of: string; value: GateState; context: GateContext; changedAt: number }[]): void {
    this.all.length = 0;
    this.#byKey.clear();
    for (const { scope, of, value, context, changedAt } of saved) {
      const gate = this.create(scope, of, { value, context });
      gate.changedAt = changedAt;
    }
    (this as { global: Gate }).global = this.all[0];
  }
}
