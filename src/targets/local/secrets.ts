import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SecretSpec } from '#core/system';
import { fail, ok, type Result } from '#kernel';
import { readDotenv } from './dotenv.ts';
import { readDocument, writeAtomically } from './files.ts';
import { createTurns } from './turns.ts';

/** The secrets of one environment, kept in a file that only its owner may read. */
export interface Secrets {
  /** Makes what is missing and reads anew what is given. Failure: `secret_missing` (facts: secret). */
  prepare(specs: readonly SecretSpec[]): Promise<Result<null>>;
  /** Per name 12 hex digits of a keyed hash of the present value. Failure: `secret_missing`. */
  versions(names: readonly string[]): Promise<Result<Readonly<Record<string, string>>>>;
  /**
   * The values of exactly these versions: an older revision is started with the secret it was built with (R10).
   * Failure: `secret_version_unknown` (facts: secret, version).
   */
  values(versions: Readonly<Record<string, string>>): Result<Readonly<Record<string, string>>>;
  /** The present values of these names. Failure: `secret_missing`. */
  present(names: readonly string[]): Result<Readonly<Record<string, string>>>;
  /**
   * Gives every generated secret a new value, hence a new version; older ones stay known for revisions that run with them.
   * `given` are those that people must replace where they come from.
   */
  rotate(): Promise<Result<{ readonly rotated: readonly string[]; readonly given: readonly string[] }>>;
  /** Every value that must not be shown, older ones included. */
  all(): readonly string[];
}

interface Document {
  readonly format: 1;
  /** Keys the hash, so that a version does not tell a weak secret to somebody who guesses. */
  readonly key: string;
  readonly secrets: Readonly<Record<string, Kept>>;
}

interface Kept {
  readonly value: string;
  readonly origin: 'generated' | 'given';
  /** Values by version, the newest last; the newest ten are kept. */
  readonly versions: Readonly<Record<string, string>>;
}

const format = 1;
const keptVersions = 10;

/**
 * Opens the environment's secrets. A value given by Fairway's own environment variables, or else by the system's
 * `.env`, goes before a generated one.
 */
export async function openSecrets(options: {
  file: string;
  systemFolder: string;
  variables: Readonly<Record<string, string | undefined>>;
}): Promise<Result<Secrets>> {
  const read = await readDocument(options.file, format);
  if (!read.ok) return read;
  const isNew = read.value === null;
  let document = (read.value as Document | null) ?? {
    format,
    key: randomBytes(32).toString('hex'),
    secrets: {},
  };

  const inTurn = createTurns();

  async function given(): Promise<Result<(name: string) => string | undefined>> {
    const dotenv = await readDotenv(join(options.systemFolder, '.env'));
    if (!dotenv.ok) return dotenv;
    // An empty value is no secret: `KEY=` in a template of an .env file means that it is still to be filled in.
    return ok((name) => options.variables[name] || dotenv.value[name] || undefined);
  }

  async function keep(next: Document): Promise<Result<null>> {
    const done = await writeAtomically(options.file, `${JSON.stringify(next, null, 1)}\n`, 0o600);
    if (done.ok) document = next;
    return done;
  }

  async function prepare(specs: readonly SecretSpec[]): Promise<Result<null>> {
    const lookup = await given();
    if (!lookup.ok) return lookup;
    const secrets = { ...document.secrets };
    for (const spec of specs) {
      const value = decide(spec, lookup.value(spec.name), secrets[spec.name]);
      if (value === null) return fail('secret_missing', { secret: spec.name });
      secrets[spec.name] = remember(document.key, spec.name, secrets[spec.name], value);
    }
    const next = { ...document, secrets };
    return sameText(next, document) && !isNew ? ok(null) : keep(next);
  }
  async function versions(names: readonly string[]): Promise<Result<Record<string, string>>> {
    const lookup = await given();
    if (!lookup.ok) return lookup;
    const secrets = { ...document.secrets };
    const found: Record<string, string> = {};
    for (const name of names) {
      const given = lookup.value(name);
      const value = given === undefined ? secrets[name]?.value : given;
      if (value === undefined) return fail('secret_missing', { secret: name });
      const origin = given === undefined ? (secrets[name]?.origin ?? 'given') : 'given';
      secrets[name] = remember(document.key, name, secrets[name], { value, origin });
      found[name] = versionOf(document.key, name, value);
    }
    const next = { ...document, secrets };
    const kept = sameText(next, document) ? ok(null) : await keep(next);
    return kept.ok ? ok(found) : kept;
  }

  async function rotate() {
    const lookup = await given();
    if (!lookup.ok) return lookup;
    const isGenerated = ([name, { origin }]: [string, Kept]) =>
      origin === 'generated' && lookup.value(name) === undefined;
    const all = Object.entries(document.secrets);
    const rotated = all.filter(isGenerated);
    const renewed = rotated.map(([name, kept]) => {
      const value = randomBytes(kept.value.length / 2).toString('hex');
      return [name, remember(document.key, name, kept, { value, origin: 'generated' })] as const;
    });
    const secrets = { ...document.secrets, ...Object.fromEntries(renewed) };
    const kept = renewed.length === 0 ? ok(null) : await keep({ ...document, secrets });
    if (!kept.ok) return kept;
    const namesOf = (entries: typeof all) => entries.map(([name]) => name);
    return ok({ rotated: namesOf(rotated), given: namesOf(all.filter((entry) => !isGenerated(entry))) });
  }

  return ok({
    prepare: (specs) => inTurn(() => prepare(specs)),
    versions: (names) => inTurn(() => versions(names)),
    rotate: () => inTurn(rotate),
    values(versions) {
      const values: Record<string, string> = {};
      for (const [name, version] of Object.entries(versions)) {
        const value = document.secrets[name]?.versions[version];
        if (value === undefined) return fail('secret_version_unknown', { secret: name, version });
        values[name] = value;
      }
      return ok(values);
    },
    present(names) {
      const values: Record<string, string> = {};
      for (const name of names) {
        const value = document.secrets[name]?.value;
        if (value === undefined) return fail('secret_missing', { secret: name });
        values[name] = value;
      }
      return ok(values);
    },
    all: () => Object.values(document.secrets).flatMap(({ versions }) => Object.values(versions)),
  });
}

type Decided = Pick<Kept, 'value' | 'origin'>;

function decide(spec: SecretSpec, given: string | undefined, kept: Kept | undefined): Decided | null {
  if (given !== undefined) return { value: given, origin: 'given' };
  if (spec.generateBytes === null) return null;
  if (kept !== undefined && kept.origin === 'generated') return kept;
  return { value: randomBytes(spec.generateBytes).toString('hex'), origin: 'generated' };
}

function remember(key: string, name: string, kept: Kept | undefined, decided: Decided): Kept {
  const version = versionOf(key, name, decided.value);
  const { [version]: _again, ...others } = kept?.versions ?? {};
  const newest = Object.entries({ ...others, [version]: decided.value }).slice(-keptVersions);
  return { value: decided.value, origin: decided.origin, versions: Object.fromEntries(newest) };
}

const versionOf = (key: string, name: string, value: string) =>
  createHmac('sha256', Buffer.from(key, 'hex')).update(`${name}\0${value}`).digest('hex').slice(0, 12);

const sameText = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
