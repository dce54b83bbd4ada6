/** Stops on a broken invariant. The message states the invariant; a broken one is a bug, never bad input. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new InvariantError(invariant);
}

/** A broken invariant. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never, what: string): never {
  throw new InvariantError(`${what} is one of the cases handled, found ${JSON.stringify(value)}`);
}
