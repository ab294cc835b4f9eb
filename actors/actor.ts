/**
 * One living XState actor, as the desk holds it. Its status is checked after every send: an actor in error would swallow all later
 * events without a word, so the desk stops instead.
 */
import { type AnyStateMachine, createActor } from 'xstate';
import type { Plain } from '#engine/record.ts';

/** A guard or action threw. The desk halts before its next decision. */
export class ActorFailed extends Error {
  override name = 'ActorFailed';
}

type Context = Readonly<Record<string, Plain>>;
type Snapshot = { status: string; value: unknown; context: Context; error?: unknown };
type Running = {
  start(): unknown;
  send(event: { type: string }): void;
  getSnapshot(): Snapshot;
  subscribe(observer: { error: (error: unknown) => void }): unknown;
};

export class Living<State extends string, Ctx, Event extends { type: string }> {
  readonly key: string;
  value: State;
  context: Ctx;
  readonly #machine: AnyStateMachine;
  /** null while it rests. */
  #actor: Running | null;

  constructor(machine: AnyStateMachine, key: string, input: unknown, saved: { value: State; context: Ctx } | null = null, resting = false) {
    this.key = key;
    this.#machine = machine;
    this.#actor = resting && saved !== null ? null : started(machine, key, input, saved);
    const { value, context } = this.#actor?.getSnapshot() ?? saved!;
    this.value = value as State;
    this.context = context as Ctx;
  }

  /** Few events are still to come, if any: lets the actor go (three of five kilobytes of an ended order). The next event brings it back. */
  rest(): void {
    this.#actor = null;
  }

  /** Sends one event; true when the state changed. */
  send(event: Event): boolean {
    const actor = (this.#actor ??= started(this.#machine, this.key, undefined, this));
    actor.send(event);
    const snapshot = actor.getSnapshot();
    if (snapshot.status !== 'active')
      throw new ActorFailed(`${this.key} failed on ${event.type} in ${this.value}: ${String(snapshot.error)}`);
    const before = this.value;
    this.value = snapshot.value as State;
    this.context = snapshot.context as Ctx;
    return this.value !== before;
  }
}

function started(machine: AnyStateMachine, key: string, input: unknown, saved: { value: string; context: unknown } | null): Running {
  const options = saved === null ? { input } : { input, snapshot: machine.resolveState({ value: saved.value, context: saved.context }) };
  const actor = createActor(machine, options as never) as unknown as Running;
  // Subscribed before start(): without an error observer XState re-throws from a timer, later and from nowhere.
  actor.subscribe({ error: ignoreHere });
  actor.start();
  const { status, error } = actor.getSnapshot();
  if (status !== 'active') throw new ActorFailed(`${key} did not start: ${String(error)}`);
  return actor;
}

/** The error is not lost: `send` finds it in the snapshot and throws ActorFailed. */
function ignoreHere(): void {}
