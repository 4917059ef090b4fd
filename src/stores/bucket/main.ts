import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Clock, type Failure, fail, instant, ok, type Result } from '#kernel';
import type { LogFacts } from './log.ts';
import type { Credentials } from './protocol/signature.ts';
import { createBucketServer } from './server.ts';

/** `node main.ts --folder DIR --port N`: serves DIR, whose credentials.json holds the keys, until SIGTERM. */
async function main(): Promise<void> {
  const settings = await readSettings();
  if (!settings.ok) return giveUp(settings.error);
  const server = await createBucketServer({ ...settings.value, clock, log });
  if (!server.ok) return giveUp(server.error);
  const stop = () => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    log({ event: 'bucket server stopping' });
    void server.value.close().then(() => {
      process.exitCode = 0; // nothing is left to do, so the process ends
    });
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (wait, signal) =>
    setTimeout(wait, undefined, signal === undefined ? {} : { signal }).catch(() => {}),
};

function log(facts: LogFacts): void {
  process.stdout.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), ...facts })}\n`);
}

interface Settings {
  readonly folder: string;
  readonly port: number;
  readonly credentials: Credentials;
}

async function readSettings(): Promise<Result<Settings>> {
  const { folder, port } = readArguments();
  if (folder === undefined || port === undefined || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return fail('bucket_arguments_invalid');
  }
  const path = join(folder, 'credentials.json');
  try {
    const credentials = parseCredentials(JSON.parse(await readFile(path, 'utf8')));
    return credentials === null
      ? fail('bucket_credentials_invalid', {
          path,
          reason: 'accessKeyId, secretAccessKey and region are texts',
        })
      : ok({ folder, port: Number(port), credentials });
  } catch (reason) {
    // A syntax error quotes the file, and the file holds a secret.
    const detail = reason instanceof SyntaxError ? 'it is not JSON' : String(reason);
    return fail('bucket_credentials_invalid', { path, reason: detail });
  }
}

function readArguments(): { readonly folder?: string | undefined; readonly port?: string | undefined } {
  try {
    return parseArgs({ options: { folder: { type: 'string' }, port: { type: 'string' } } }).values;
  } catch {
    return {}; // an option that is not known
  }
}

function parseCredentials(value: unknown): Credentials | null {
  if (typeof value !== 'object' || value === null) return null;
  const { accessKeyId, secretAccessKey, region } = value as Record<string, unknown>;
  const texts = [accessKeyId, secretAccessKey, region];
  if (!texts.every((text) => typeof text === 'string' && text !== '')) return null;
  return { accessKeyId, secretAccessKey, region } as Credentials;
}

/** One line, since whoever started this process shows it as it is. */
function giveUp({ code, facts }: Failure): void {
  const fact = (name: string) => String(facts[name]);
  const sentences: Readonly<Record<string, string>> = {
    bucket_arguments_invalid: 'usage: main.ts --folder DIR --port N',
    bucket_credentials_invalid: `${fact('path')} cannot be used: ${fact('reason')}`,
    bucket_folder_locked: `another bucket server uses ${fact('folder')}`,
    bucket_folder_unusable: `${fact('folder')} cannot be used: ${fact('reason')}`,
    port_taken: `port ${fact('port')} on 127.0.0.1 is taken`,
  };
  process.stderr.write(`bucket server: ${sentences[code] ?? code}\n`);
  process.exitCode = 1;
}

await main();
