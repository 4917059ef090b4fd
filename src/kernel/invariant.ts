/** Thrown when the program itself is wrong. Never used for input, networks or disks; those return a `Result`. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** Stops the program where a truth it relies on does not hold. `sentence` says what should have been true. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new BrokenInvariant(sentence);
}

/** Closes a switch over one of our own unions: a case that was forgotten does not compile. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`a case was not handled: ${JSON.stringify(value)}`);
}
