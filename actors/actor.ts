/**
 * One living XState machine, as the desk holds it: its state and context, moved by the machine's own step, one event after another. There is
 * no mailbox between, for nobody sends to it but the desk, and the desk waits. What a guard or an action throws stops the desk here and now;
 * an actor of XState's would be in error, and swallow all later events without a word. The reference desk runs the same machines as actors.
 */
import { type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine, createActor } from 'xstate';

/** A guard or action threw. The desk halts before its next decision. */
export class ActorFailed extends Error {
  override name = 'ActorFailed';
}

export class Living<State extends string, Ctx, Event extends { type: string }> {
  readonly key: string;
  value: State;
  context: Ctx;
  readonly #machine: AnyStateMachine;
  /** null while it rests. */
  #snapshot: AnyMachineSnapshot | null;

  constructor(machine: AnyStateMachine, key: string, input: unknown, saved: { value: State; context: Ctx } | null = null, resting = false) {
    this.key = key;
    this.#machine = machine;
    const begin = () => (saved === null ? machine.getInitialSnapshot(scopeOf(machine), input as never) : resolved(machine, saved));
    this.#snapshot = resting && saved !== null ? null : this.#stepped('its start', 'nothing', begin);
    const { value, context } = this.#snapshot ?? saved!;
    this.value = value as State;
    this.context = context as Ctx;
  }

  /** Few events are still to come, if any: lets go of what the machine needs for its next step. The next event makes it again. */
  rest(): void {
    this.#snapshot = null;
  }

  /** Sends one event; true when the state changed. */
  send(event: Event): boolean {
    const machine = this.#machine;
    const from = (this.#snapshot ??= resolved(machine, this));
    const before = this.value;
    const snapshot = this.#stepped(event.type, before, () => machine.transition(from, event, scopeOf(machine)));
    this.#snapshot = snapshot;
    this.value = snapshot.value as State;
    this.context = snapshot.context as Ctx;
    return this.value !== before;
  }

  #stepped(on: string, state: string, step: () => AnyMachineSnapshot): AnyMachineSnapshot {
    let snapshot: AnyMachineSnapshot;
    try {
      snapshot = step();
    } catch (error) {
      throw new ActorFailed(`${this.key} failed on ${on} in ${state}: ${String(error)}`, { cause: error });
    }
    if (snapshot.status !== 'active')
      throw new ActorFailed(`${this.key} failed on ${on} in ${state}: ${String(snapshot.error ?? snapshot.status)}`);
    return snapshot;
  }
}

const resolved = (machine: AnyStateMachine, { value, context }: { value: string; context: unknown }): AnyMachineSnapshot =>
  machine.resolveState({ value, context });

const scopes = new WeakMap<AnyStateMachine, AnyActorScope>();

/** What a step asks of an actor: one that is never started stands for all of its machine, which has no children and no timers. */
function scopeOf(machine: AnyStateMachine): AnyActorScope {
  const known = scopes.get(machine);
  if (known !== undefined) return known;
  const self = createActor(machine, { input: {} });
  const nothing = () => {};
  const scope: AnyActorScope = {
    self,
    id: self.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: ({ exec, info, params }) => exec?.(info, params),
  };
  scopes.set(machine, scope);
  return scope;
}
