import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, type Failure, instant, millis, type Random } from '#kernel';
import type { AcmeSettings } from '../settings.ts';
import { type Account, type Challenges, orderCertificate } from './acme.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import { renewalOf, retryOf } from './renewal.ts';

export interface RenewingOptions {
  readonly settings: AcmeSettings;
  readonly hosts: readonly string[];
  /** Keys, certificates and times are kept here, for the owner only. */
  readonly folder: string;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly issued: (host: string, certificate: Certificate) => void;
  /** Told of each failed attempt, and of when the next one is made (milliseconds since 1970). */
  readonly failed: (host: string, failure: Failure, next: number) => void;
  /** First wait after a failure, and between questions for progress. */
  readonly firstRetryMillis?: number;
  readonly pollMillis?: number;
}

const stored = z.object({
  format: z.literal(1),
  chain: z.string().nullable(),
  key: z.string().nullable(),
  /** When the next attempt is made. */
  next: z.number(),
  failures: z.number(),
});
type Stored = z.infer<typeof stored>;

const accountFile = z.object({
  format: z.literal(1),
  directory: z.string(),
  key: z.string(),
  url: z.string(),
});

/** Nothing waits longer at a stretch: a clock that jumps is noticed. */
const longestNap = millis(60_000);

/**
 * Keeps a certificate for each host until the signal: shows the one it has, gets the first one, renews in time. What is due and how often
 * it failed is on disk, so that a restart neither forgets nor repeats. Hosts are served one after the other; while one
 * cannot be had the others are not kept waiting. Never throws, and nobody who serves waits for it.
 */
export async function keepCertificates(options: RenewingOptions): Promise<void> {
  const { hosts, clock, random, signal, folder } = options;
  const states = new Map<string, Stored>();
  for (const host of hosts) {
    const state = await readStored(folder, host);
    states.set(host, state);
    const kept = read(state, host);
    if (kept !== null) options.issued(host, kept);
  }
  while (!signal.aborted) {
    for (const [host, state] of states) {
      if (signal.aborted || state.next > clock.now()) continue;
      const result = await attempt(options, host);
      const now = clock.now();
      if (result.ok) {
        const { certificate } = result;
        const next = renewalOf(certificate, random);
        // One that is due at once again would be asked for without end.
        const soonest = now + (options.firstRetryMillis ?? minute);
        await keep(folder, host, states, {
          ...{ format: 1, chain: certificate.chain, key: certificate.key, failures: 0 },
          next: next > now ? next : soonest,
        });
        options.issued(host, certificate);
      } else {
        const failures = state.failures + 1;
        const next = retryOf({ failures, now, first: options.firstRetryMillis ?? minute }, random);
        await keep(folder, host, states, { ...state, failures, next });
        options.failed(host, result.failure, next);
      }
    }
    const next = Math.min(...[...states.values()].map((state) => state.next));
    await clock.sleep(millis(Math.max(10, Math.min(longestNap, next - clock.now()))), signal);
  }
}

const minute = 60_000;

type Attempt =
  | { readonly ok: true; readonly certificate: Certificate }
  | { readonly ok: false; readonly failure: Failure };

async function attempt(options: RenewingOptions, host: string): Promise<Attempt> {
  const { settings, folder, challenges } = options;
  const account = await readAccount(folder, settings);
  const pollMillis = options.pollMillis ?? 2_000;
  const issued = await orderCertificate({ settings, host, account, challenges, pollMillis });
  if (!issued.ok) return { ok: false, failure: issued.error };
  const { key, url } = issued.value.account;
  const { directory } = settings;
  await writeSecret(folder, 'account.json', { format: 1, directory, key, url: url ?? '' }).catch(
    () => undefined,
  );
  const certificate = readCertificate(issued.value.chain, issued.value.key, host);
  return certificate.ok
    ? { ok: true, certificate: certificate.value }
    : { ok: false, failure: certificate.error };
}

/** A state that cannot be written is kept in memory: better a certificate asked for once more than none. */
async function keep(folder: string, host: string, states: Map<string, Stored>, state: Stored): Promise<void> {
  states.set(host, state);
  await writeSecret(folder, `${host}.json`, state).catch(() => undefined);
}

const fresh: Stored = { format: 1, chain: null, key: null, next: instant(0), failures: 0 };

async function readStored(folder: string, host: string): Promise<Stored> {
  try {
    return stored.parse(JSON.parse(await readFile(join(folder, `${host}.json`), 'utf8')));
  } catch {
    return fresh; // none yet, or one that nobody can use
  }
}

/** The certificate of a host that was issued before; null: there is none that can be used. */
export async function keptCertificate(folder: string, host: string): Promise<Certificate | null> {
  return read(await readStored(folder, host), host);
}

function read({ chain, key }: Stored, host: string): Certificate | null {
  if (chain === null || key === null) return null;
  const certificate = readCertificate(chain, key, host);
  return certificate.ok ? certificate.value : null;
}

/** An account of another authority is of no use. */
async function readAccount(folder: string, { directory }: AcmeSettings): Promise<Account | null> {
  try {
    const found = accountFile.parse(JSON.parse(await readFile(join(folder, 'account.json'), 'utf8')));
    return found.directory === directory
      ? { key: found.key, url: found.url === '' ? null : found.url }
      : null;
  } catch {
    return null; // none yet
  }
}

/** Replaces a file that only its owner may read, whole or not at all. */
async function writeSecret(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  const draft = await open(`${path}.new`, 'w', 0o600);
  try {
    await draft.writeFile(JSON.stringify(value));
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
}
