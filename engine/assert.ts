/** A broken program stops here. Assertions stay on in production and are never caught inside the engine. */
export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}

/** On hot paths the message is a function, so that it is built only when it is needed. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionFailed(typeof message === 'string' ? message : message());
}

/** The end of an exhaustive switch: a new member of the union fails to compile at the call. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
