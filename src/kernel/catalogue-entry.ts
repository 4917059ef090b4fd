/** What a failure code means to people and to programs. */
export interface CatalogueEntry {
  /**
   * What happened, with facts as `{name}`, `{name:duration}` (milliseconds), `{name:time}` (an instant) or `{name:bytes}`. A
   * part in square brackets is left out when one of its facts is missing or null.
   */
  readonly sentence: string;
  /** What to do now; the same placeholders. */
  readonly hint: string;
  /** The HTTP status of the API's answer. */
  readonly status: number;
  /** The exit code of the command line: 1 failed, 2 wrong input, 3 rolled back, 4 inconclusive, 5 refused. */
  readonly exit: 1 | 2 | 3 | 4 | 5;
}
