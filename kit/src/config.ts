import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Settings, Values } from './settings.ts';

/** Where variables are looked for, the first that has one wins: the environment, a `.env` file, a folder of secrets. */
export interface Sources {
  readonly env?: NodeJS.ProcessEnv;
  /** A file of NAME=value lines, or null for none. Need not exist. */
  readonly envFile?: string | null;
  /** A folder with one file per name (as Docker and Kubernetes mount secrets), or null. SECRETS_DIR names another one. */
  readonly secretsFolder?: string | null;
}

export type Config<S extends Settings> =
  | { readonly ok: true; readonly values: Values<S>; readonly secrets: string[] }
  | { readonly ok: false; readonly problems: string[]; readonly secrets: string[] };

/**
 * Reads all settings, or gives one sentence for each that is wrong: what, where it was looked for, what was found (never a
 * secret), what to write. `secrets` are the texts that must not appear in a log.
 */
export function readConfig<S extends Settings>(settings: S, sources: Sources = {}): Config<S> {
  const places = placesOf(sources);
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const secrets = new Set<string>();
  for (const [key, setting] of Object.entries(settings)) {
    const { name } = setting;
    const place = places.find((each) => each.look(name) !== undefined);
    const given = place?.look(name);
    for (const hidden of given === undefined ? [] : hiddenIn(given, setting.secret)) secrets.add(hidden);
    const result = setting.read(given);
    if ('value' in result) values[key] = result.value;
    else if (place === undefined || given === undefined)
      problems.push(`${name} is missing in ${list(places.map((each) => each.name))}: write ${result.write}.`);
    else {
      const shown = setting.secret ? `has a value of ${given.length} characters` : `is ${quote(given)}`;
      const write = setting.secret ? result.write.replaceAll(given, '[hidden]') : result.write;
      problems.push(`${name} ${shown} in ${place.name}: write ${write}.`);
    }
  }
  const hidden = [...secrets].toSorted((a, b) => b.length - a.length);
  return problems.length > 0
    ? { ok: false, problems, secrets: hidden }
    : { ok: true, values: values as Values<S>, secrets: hidden };
}

interface Place {
  readonly name: string;
  readonly look: (name: string) => string | undefined;
}

function placesOf({ env = process.env, envFile = '.env', secretsFolder }: Sources): readonly Place[] {
  const folder = secretsFolder === undefined ? (env['SECRETS_DIR'] ?? '/run/secrets') : secretsFolder;
  const inFile = envFile === null ? {} : parseEnv(readIfThere(envFile) ?? '');
  const file = { name: `the file ${envFile ?? ''}`, look: (name: string) => filled(inFile[name]) };
  const secrets = {
    name: `the folder ${folder ?? ''}`,
    look: (name: string) =>
      filled(
        readIfThere(join(folder ?? '', name)) ?? readIfThere(join(folder ?? '', name.toLowerCase())),
      )?.replace(/\r?\n$/, ''),
  };
  return [
    { name: 'the environment', look: (name) => filled(env[name]) },
    ...(envFile === null ? [] : [file]),
    ...(folder === null ? [] : [secrets]),
  ];
}

const filled = (text: string | undefined) => (text === undefined || text.trim() === '' ? undefined : text);

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (reason) {
    const code = reason instanceof Error && 'code' in reason ? reason.code : '';
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(code))) return undefined;
    throw reason;
  }
}

const shortestPassword = 8;

/** What of a value must never be shown: all of a secret, and the password of an address (a very short one is a word of every log). */
function hiddenIn(given: string, isSecret: boolean): string[] {
  const password = URL.canParse(given) ? new URL(given).password : '';
  const parts = password.length < shortestPassword ? [] : [password, decoded(password)];
  return [...(isSecret || parts.length > 0 ? [given] : []), ...parts];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // it is no escaped text
  }
}

const quote = (given: string) => JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}…` : given);
const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
