import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '#kernel';
import type { ProcessIdentity } from '#process';
import { readIfThere, replaceFile } from './files.ts';

/** How to get to a server: its loopback port and the secret its passwords are made from. */
export interface Access {
  readonly port: number;
  readonly secret: string;
}

/** What has to be known of a server by the control plane that comes after this one. */
export interface ServerState {
  /** Null before the first start. */
  readonly access: Access | null;
  /** Null when it was stopped, or never started. */
  readonly process: ProcessIdentity | null;
  /** Whether it has answered since this process was started. */
  readonly answered: boolean;
  readonly note: string | null;
}

const FORMAT = 1;
const stopped: ServerState = { access: null, process: null, answered: false, note: null };

const stored = z.object({
  format: z.literal(FORMAT),
  folder: z.string(),
  access: z.object({ port: z.number(), secret: z.string() }).nullable(),
  process: z.object({ pid: z.number(), started: z.string() }).nullable(),
  answered: z.boolean(),
  note: z.string().nullable(),
});

/**
 * Reads the state file of a store; a store without one is stopped. Failure: `store_state_unreadable` (facts: file,
 * reason), when it is damaged or of a newer version.
 */
export async function readState(folder: string): Promise<Result<ServerState>> {
  const file = stateFile(folder);
  const text = await readIfThere(file);
  if (text === null) return ok(stopped);
  const parsed = parse(text);
  if (!parsed.ok) return fail('store_state_unreadable', { file, reason: parsed.error });
  const { format: _, folder: writtenIn, ...state } = parsed.value;
  // A copied folder brings its state along, but the process serves the folder it was copied from.
  return ok(writtenIn === folder ? state : { ...stopped, access: state.access });
}

export async function writeState(folder: string, state: ServerState): Promise<void> {
  await replaceFile(stateFile(folder), `${JSON.stringify({ format: FORMAT, folder, ...state }, null, 2)}\n`);
}

const stateFile = (folder: string) => join(folder, 'state.json');

function parse(text: string): Result<z.infer<typeof stored>, string> {
  try {
    const value: unknown = JSON.parse(text);
    const format = z.object({ format: z.number() }).safeParse(value).data?.format ?? FORMAT;
    if (format !== FORMAT) return { ok: false, error: `its format is ${format}` };
    const whole = stored.safeParse(value);
    return whole.success ? ok(whole.data) : { ok: false, error: 'it is damaged' };
  } catch {
    return { ok: false, error: 'it is damaged' };
  }
}
