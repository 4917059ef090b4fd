// @ts-check
/** Runs a program in the foreground and hands signals on to it. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { SetupFailure } from './say.mjs';

/**
 * @typedef {object} Execution
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {import('node:child_process').StdioOptions} [stdio] the terminal's own by default
 * @property {number} [deadlineMillis] after which it is ended; none by default
 * @property {(text: string) => void} [onOutput] receives both outputs where `stdio` pipes them
 */

/**
 * Resolves to the exit code; 128 + the signal's number when a signal ended it. While it runs, this process does not end
 * on a signal: it passes the signal on and leaves with the child's code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Execution} execution
 * @returns {Promise<number>}
 */
export function execute(program, args, { cwd, env, stdio = 'inherit', deadlineMillis, onOutput }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => onOutput?.(text));
    }
    const stopForwarding = forwardSignals(child);
    let late = false;
    const deadline =
      deadlineMillis === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            child.kill('SIGKILL');
          }, deadlineMillis);
    const settle = () => {
      clearTimeout(deadline);
      stopForwarding();
    };
    child.once('error', (reason) => {
      settle();
      reject(new SetupFailure(`${program} could not be started: ${reason.message}.`));
    });
    child.once('close', (code, signal) => {
      settle();
      if (late)
        reject(
          new SetupFailure(
            `${program} had not ended after ${(deadlineMillis ?? 0) / 60_000} minutes and was stopped. Run the same command again.`,
          ),
        );
      else resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * A terminal sends its Ctrl-C and hang-up to every process in the foreground, the child included: there they are not
 * passed on, or the child would count one Ctrl-C as two and leave in a hurry. Without a terminal nobody else tells it.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} undoes it
 */
function forwardSignals(child) {
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const pass = (/** @type {NodeJS.Signals} */ signal) => void child.kill(signal);
  const leaveToTerminal = () => {};
  const ofTerminal = atTerminal ? leaveToTerminal : pass;
  process.on('SIGTERM', pass).on('SIGINT', ofTerminal).on('SIGHUP', ofTerminal);
  return () => {
    process.off('SIGTERM', pass).off('SIGINT', ofTerminal).off('SIGHUP', ofTerminal);
  };
}
