/** A broken program stops here. Assertions stay on in production and are never caught inside the engine. */
export class AssertionFailed extends Error {
  override name = 'AssertionFailed';
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** The end of an exhaustive switch: a new member of the union fails to compile at the call. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
