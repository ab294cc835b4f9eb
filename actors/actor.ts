/**
 * One living XState machine, as the desk holds it: its state and context, moved by the machine's own step, one event after another. There is
 * no mailbox between, for nobody sends to it but the desk, and the desk waits. What a guard or an action throws stops the desk here and now;
 * an actor of XState's would be in error, and swallow all later events without a word. The reference desk runs the same machines as actors.
 *
 * A machine's step is a function of its state, its context and the event, and most lives repeat those of others: what XState answered once is
 * kept and answered again. Nothing here interprets a machine; a life that has no like takes each of its steps through XState.
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
  readonly #steps: Steps;
  /** null while it rests. */
  #moment: Moment | null;

  constructor(machine: AnyStateMachine, key: string, input: unknown, saved: { value: State; context: Ctx } | null = null, resting = false) {
    this.key = key;
    this.#steps = stepsOf(machine);
    if (resting && saved !== null) this.#moment = null;
    else this.#moment = this.#stepped('its start', 'nothing', () => (saved === null ? this.#steps.start(input) : this.#steps.at(saved)));
    const { value, context } = this.#moment?.snapshot ?? saved!;
    this.value = value as State;
    this.context = context as Ctx;
  }

  /** Few events are still to come, if any: lets go of what the machine needs for its next step. The next event makes it again. */
  rest(): void {
    this.#moment = null;
  }

  /** Sends one event; true when the state changed. */
  send(event: Event): boolean {
    const from = (this.#moment ??= this.#steps.at(this));
    const before = this.value;
    const moment = this.#stepped(event.type, before, () => this.#steps.next(from, event));
    this.#moment = moment;
    this.value = moment.snapshot.value as State;
    this.context = moment.snapshot.context as Ctx;
    return this.value !== before;
  }

  #stepped(on: string, state: string, step: () => Moment): Moment {
    try {
      return step();
    } catch (error) {
      throw new ActorFailed(`${this.key} failed on ${on} in ${state}: ${error instanceof NotActive ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

class NotActive extends Error {}

/** A machine in a state with a context, and where events lead from there, as far as that was asked. */
type Moment = { readonly snapshot: AnyMachineSnapshot; readonly isKept: boolean; next: Map<string, Moment> | null };

/** So many moments of a machine are kept; one more, and all are let go. */
const MOST_MOMENTS = 512;

/** The steps that lives of one machine took. */
class Steps {
  readonly #machine: AnyStateMachine;
  readonly #scope: AnyActorScope;
  readonly #starts = new Map<string, Moment>();
  readonly #moments = new Map<string, Moment>();

  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
    this.#scope = scopeOf(machine);
  }

  start(input: unknown): Moment {
    const key = input === undefined ? '' : plainKey(input);
    const known = key === null ? undefined : this.#starts.get(key);
    if (known !== undefined) return known;
    const moment = this.#momentOf(this.#machine.getInitialSnapshot(this.#scope, input as never));
    if (key !== null && moment.isKept) this.#starts.set(key, moment);
    return moment;
  }

  at({ value, context }: { value: string; context: unknown }): Moment {
    const key = plainKey(context);
    const known = key === null ? undefined : this.#moments.get(value + key);
    return known ?? this.#momentOf(this.#machine.resolveState({ value, context }));
  }

  next(from: Moment, event: { type: string }): Moment {
    const key = from.isKept ? plainKey(event) : null;
    const known = key === null ? undefined : from.next?.get(key);
    if (known !== undefined) return known;
    const moment = this.#momentOf(this.#machine.transition(from.snapshot, event, this.#scope));
    if (key !== null) {
      from.next ??= new Map();
      if (from.next.size < MOST_MOMENTS) from.next.set(key, moment);
    }
    return moment;
  }

  #momentOf(snapshot: AnyMachineSnapshot): Moment {
    if (snapshot.status !== 'active') throw new NotActive(String(snapshot.error ?? snapshot.status));
    const key = plainKey(snapshot.context);
    if (key === null) return { snapshot, isKept: false, next: null };
    const name = (snapshot.value as string) + key;
    const known = this.#moments.get(name);
    if (known !== undefined) return known;
    if (this.#moments.size === MOST_MOMENTS) {
      this.#moments.clear();
      this.#starts.clear();
    }
    const moment: Moment = { snapshot, isKept: true, next: null };
    this.#moments.set(name, moment);
    return moment;
  }
}

/** Flat data of whole numbers, texts and flags as one text, equal only for equal data; null for anything else. */
function plainKey(data: unknown): string | null {
  let key = '{';
  for (const name in data as object) {
    const value = (data as Record<string, unknown>)[name];
    switch (typeof value) {
      case 'number':
        if (!Number.isSafeInteger(value) || Object.is(value, -0)) return null;
        key += `${name}=${value};`;
        break;
      case 'string':
        key += `${name}"${value.length}:${value};`;
        break;
      case 'boolean':
        key += value ? `${name}+` : `${name}-`;
        break;
      default:
        if (value !== null) return null;
        key += `${name}!`;
    }
  }
  return key;
}

const known = new WeakMap<AnyStateMachine, Steps>();

function stepsOf(machine: AnyStateMachine): Steps {
  let steps = known.get(machine);
  if (steps === undefined) known.set(machine, (steps = new Steps(machine)));
  return steps;
}

/** What a step asks of an actor: one that is never started stands for all of its machine, which has no children and no timers. */
function scopeOf(machine: AnyStateMachine): AnyActorScope {
  const self = createActor(machine, { input: {} });
  const nothing = () => {};
  return {
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
}
