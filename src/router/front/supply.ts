import { join } from 'node:path';
import {
  type Certificate,
  type EdgeSettings,
  followFiles,
  keepCertificates,
  keptCertificate,
  readPair,
} from '#edge';
import { type Clock, type Failure, ok, type Random, type Result } from '#kernel';
import type { Log } from '../log.ts';

/** The certificates of an edge, from files and from an authority, as they come and change. */
export interface Supply {
  /**
   * Follows what is declared from now on; begins anew only when that has changed. null: nothing. Resolves when what lies on
   * the disk is there; what an authority has still to issue comes later.
   */
  follow(settings: EdgeSettings | null): Promise<void>;
  /** By source: a file, or a host. */
  readonly certificates: ReadonlyMap<string, Certificate>;
  /** Why a certificate is missing or not renewed, by its source. */
  readonly problems: ReadonlyMap<string, Failure>;
  /** Answers to an authority, by token. */
  readonly challenges: ReadonlyMap<string, string>;
  stop(): void;
}

export function createSupply(options: {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Something has changed; resolves when every listener knows. */
  readonly changed: () => Promise<void>;
}): Supply {
  const { folder, clock, random, log, changed } = options;
  const certificates = new Map<string, Certificate>();
  const problems = new Map<string, Failure>();
  const challenges = new Map<string, string>();
  let following = new AbortController();
  let followed = '';

  async function follow(settings: EdgeSettings | null): Promise<void> {
    const hosts = settings === null ? [] : hostsOf(settings);
    const text = JSON.stringify([settings?.certificates, settings?.acme, hosts]);
    if (text === followed) return;
    followed = text;
    following.abort();
    following = new AbortController();
    const { signal } = following;
    for (const known of [problems, challenges]) known.clear();
    const read = ({ certificate }: { readonly certificate: string }, found: Result<Certificate>) => {
      note(certificate, found);
    };
    const stored = join(folder, 'acme');
    const pairs = settings?.certificates ?? [];
    for (const pair of pairs) note(pair.certificate, await readPair(pair));
    for (const host of hosts) {
      const kept = settings?.acme == null ? null : await keptCertificate(stored, host);
      if (kept !== null) note(host, ok(kept));
    }
    // What is not declared any more goes last: at no moment is there less than before.
    const wanted = new Set([...hosts, ...pairs.map(({ certificate }) => certificate)]);
    for (const source of certificates.keys()) if (!wanted.has(source)) certificates.delete(source);
    if (settings === null || signal.aborted) return;
    void followFiles(pairs, { clock, signal, read });
    if (settings.acme === null || hosts.length === 0) return;
    void keepCertificates({
      ...{ settings: settings.acme, hosts, folder: stored, clock, random, signal },
      challenges: {
        async set(token, answer) {
          challenges.set(token, answer);
          await changed();
        },
        async remove(token) {
          challenges.delete(token);
          await changed();
        },
      },
      issued: (host, certificate) => note(host, ok(certificate)),
      failed(host, failure, retry) {
        note(host, { ok: false, error: failure });
        log({ event: 'certificate tried again later', host, at: new Date(retry).toISOString() });
      },
    });
  }

  function note(source: string, read: Result<Certificate>): void {
    if (read.ok) {
      problems.delete(source);
      if (certificates.get(source)?.fingerprint === read.value.fingerprint) return;
      certificates.set(source, read.value);
      const until = new Date(read.value.notAfter).toISOString();
      log({ event: 'certificate shown', source, names: read.value.names.join(' '), until });
      void changed();
    } else {
      // The one before is shown further on: one that has run out says more than none.
      problems.set(source, read.error);
      log({ event: 'CERTIFICATE NOT AVAILABLE', source, reason: String(read.error.facts['reason']) });
    }
  }

  return { follow, certificates, problems, challenges, stop: () => following.abort() };
}

/** Hosts that an authority is asked for: those with a name of their own. */
const hostsOf = ({ hosts, listen }: EdgeSettings): readonly string[] =>
  listen.some(({ tls }) => tls === 'acme')
    ? hosts.map(({ host }) => host).filter((host) => host.includes('.') && !host.startsWith('*'))
    : [];
