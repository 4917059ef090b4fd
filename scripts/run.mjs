// @ts-check
/**
 * The door of a clone: `node scripts/run.mjs <start|test|suite|setup|cli|file> [arguments]` under any Node from 20 on, with
 * nothing installed. It sets up what is missing and then runs the thing itself under Node 24.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSuite, runTests } from './checks.mjs';
import { execute } from './execute.mjs';
import { SetupFailure, speaker } from './say.mjs';
import { setUp } from './setup.mjs';
import { ensurePeers } from './setup-peers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'src', 'main.ts');
const usage = 'Write: node scripts/run.mjs <start|test|suite NAME|setup [--quiet]|cli|file PATH> [arguments]';

try {
  process.exitCode = await run(process.argv[2], process.argv.slice(3));
} catch (reason) {
  if (!(reason instanceof SetupFailure)) throw reason;
  process.stderr.write(`${reason.message}\n`);
  process.exitCode = reason.exitCode;
}

/**
 * @param {string | undefined} what
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function run(what, args) {
  switch (what) {
    case 'setup': {
      await setUp(root, speaker(args.includes('--quiet')));
      return 0;
    }
    case 'start': {
      const { node, env } = await setUp(root, speaker(false));
      return execute(node, [main, 'demo', ...args], { cwd: process.cwd(), env });
    }
    case 'cli': {
      const { node, env } = await setUp(root, speaker(true));
      return execute(node, [main, ...args], { cwd: process.cwd(), env });
    }
    case 'file': {
      const { node, env } = await setUp(root, speaker(true));
      return execute(node, args, { cwd: process.cwd(), env });
    }
    case 'test': {
      const tools = await setUp(root, speaker(false));
      await ensurePeers(speaker(false));
      return runTests(root, tools, args);
    }
    case 'suite': {
      const [suite, ...rest] = args;
      if (suite === undefined) throw new SetupFailure(`The name of the suite is missing. ${usage}`, 2);
      return runSuite(root, await setUp(root, speaker(true)), suite, rest);
    }
    default:
      throw new SetupFailure(
        `${what === undefined ? 'Nothing' : `"${what}"`} is not something to run. ${usage}`,
        2,
      );
  }
}
