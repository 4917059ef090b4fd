// @ts-check
/** Programs that tests run Fairway with, and that Fairway itself can do without. */
import { installPackage, isThere, mayInstall } from './debian.mjs';

const peers = [
  { program: 'haproxy', what: 'the second data plane' },
  { program: 'pebble', what: 'certificates by ACME' },
  { program: 'chromium', what: 'the dashboard in a browser' },
];

/**
 * Installs what is missing where that is easy; what cannot be had is said, and its tests are skipped. Never fails.
 * @param {import('./say.mjs').Say} say
 */
export async function ensurePeers(say) {
  for (const { program, what } of peers) {
    if (isThere([program])) continue;
    if (mayInstall())
      say.line(`Installing the Debian package ${program} for the tests (once, without its service) …`);
    const problem = mayInstall() ? await installPackage(program) : 'it is not installed here';
    if (problem !== null) say.line(`The tests of ${what} are skipped, for want of ${program}: ${problem}.`);
  }
}
