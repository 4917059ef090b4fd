// @ts-check
/** What set-up tells people: plain short lines on stderr, so that stdout stays the program's own. */

/** A reason to stop that a person can act on; printed as a sentence, never as a stack. */
export class SetupFailure extends Error {
  /**
   * @param {string} sentence what is wrong and what to do
   * @param {number} exitCode
   */
  constructor(sentence, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** @typedef {{ line: (text: string) => void, detail: (text: string) => void }} Say */

/**
 * `line` is for what takes time or matters; `detail` is left out when quiet.
 * @param {boolean} quiet
 * @returns {Say}
 */
export function speaker(quiet) {
  const line = (/** @type {string} */ text) => void process.stderr.write(`${text}\n`);
  return { line, detail: quiet ? () => {} : line };
}
