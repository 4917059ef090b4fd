import { fail, minutes, ok, type Result } from '#kernel';
import { within } from './calling.ts';
import { findSide, sideTurn } from './sides.ts';
import { storeOf, type Tools } from './tools.ts';

const startLimit = minutes(3);

/**
 * How somebody gets into a restored store, in one line with its password; its server is started where it does not run. The journal
 * says who asked, never what was answered. Failures: `recovery_side_unknown`, `recovery_side_gone` (facts: side, store), those of
 * starting it.
 */
export async function loginTo(
  tools: Tools,
  ask: { readonly side: string; readonly by: string; readonly signal: AbortSignal },
): Promise<Result<{ readonly login: string }>> {
  const { site, evidence, inTurn } = tools;
  return inTurn(sideTurn(ask.side), async () => {
    const found = await findSide(tools, ask.side);
    if (!found.ok) return found;
    const { id, store, folder } = found.value;
    const known = storeOf(tools, store);
    if (known === null) return fail('recovery_side_gone', { side: id, store });
    const limits = { what: `the start of ${id}`, within: startLimit, signal: ask.signal };
    const running = await within(site.clock, limits, (signal) =>
      site.target.startSide(known.spec, folder, signal),
    );
    if (!running.ok) return running;
    // Told before it is given: there is no answer without its entry.
    const told = await evidence.tell('recovery.login_given', { side: id, store, by: ask.by });
    return told.ok ? ok({ login: lineOf(running.value.env) }) : told;
  });
}

/** The address of a database with user and password; of a bucket the variables of AWS, to be put before a command. */
function lineOf(env: Readonly<Record<string, string>>): string {
  if (env['URL'] !== undefined) return env['URL'];
  const variables = {
    AWS_ENDPOINT_URL_S3: env['ENDPOINT'],
    AWS_REGION: env['REGION'],
    AWS_ACCESS_KEY_ID: env['ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: env['SECRET_ACCESS_KEY'],
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .join(' ');
}
