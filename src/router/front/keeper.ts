import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bucketMemory, type EdgeSettings, metricText, labelsOf } from '#edge';
import { type Clock, type Failure, fail, ok, type Random, type Result } from '#kernel';
import { reasonStillTaken } from '#process';
import { readIfThere, replaceFile } from '../files.ts';
import type { Log } from '../log.ts';
import type { FrontAsk, FrontReply } from './ask.ts';
import type { FrontLook } from './front.ts';
import type { FrontOrder, LiveOrder } from './order.ts';
import { addUp } from './sum.ts';
import { createSupply } from './supply.ts';

interface FrontPlane {
  front(ask: FrontAsk): Promise<FrontReply>;
}

/** The edge of a router: one set of rules and certificates, shown by all of its planes. */
export interface EdgeKeeper {
  /** Opens what is new; nothing else changes before `take`. Failure: `edge_listen_failed` (facts: address, port, reason). */
  prepare(
    settings: EdgeSettings | null,
    sockets?: readonly ReadonlyMap<number, number>[],
  ): Promise<Result<null>>;
  take(): Promise<void>;
  discard(): Promise<void>;
  /** Closes the edge for work, or opens it again; null: as the table says. Remembered on disk. Failure: `disk_failed` (path, reason). */
  setMaintenance(isOn: boolean | null): Promise<Result<EdgeState>>;
  state(): EdgeState;
  metrics(): Promise<string>;
  /** Follows nothing any more. The listeners are the planes' to close. */
  close(): void;
}

export interface EdgeState {
  readonly isDeclared: boolean;
  readonly isInMaintenance: boolean;
  readonly certificates: readonly {
    readonly names: readonly string[];
    readonly source: string;
    /** Milliseconds since 1970. */
    readonly notAfter: number;
  }[];
  /** Why a certificate is missing or not renewed, by its source. */
  readonly problems: Readonly<Record<string, Failure>>;
}

export interface KeeperOptions {
  readonly folder: string;
  readonly planes: readonly FrontPlane[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Keeps callers from choosing names that fall into one bucket. */
  readonly secret: string;
}

/** Buckets of rate limits, at 16 bytes each. Whoever asks at a limit is known for as long as his bucket is not full. */
const buckets = 131_072;

export function createEdgeKeeper({ folder, planes, clock, random, log, secret }: KeeperOptions): EdgeKeeper {
  const memory = bucketMemory(buckets);
  const switchFile = join(folder, 'edge', 'maintenance.json');
  let settings: EdgeSettings | null = null;
  let prepared: { readonly settings: EdgeSettings | null } | null = null;
  let page: string | null = null;
  /** null: as the table says. */
  let isSwitchedOn: boolean | null = null;
  let hasReadSwitch = false;

  const all = (ask: FrontAsk) => Promise.all(planes.map((plane) => plane.front(ask)));
  const isInMaintenance = (by = settings) => isSwitchedOn ?? by?.maintenance.on ?? false;
  const liveOf = (by = settings): LiveOrder => ({
    certificates: [...supply.certificates.values()].map(({ chain, key }) => ({ chain, key })),
    challenges: Object.fromEntries(supply.challenges),
    maintenance: { isOn: isInMaintenance(by), page },
  });
  const spread = async () => {
    if (settings !== null) await all({ do: 'update', live: liveOf() });
  };

  const supply = createSupply({ folder: join(folder, 'edge'), clock, random, log, changed: spread });

  async function prepare(
    next: EdgeSettings | null,
    sockets: readonly ReadonlyMap<number, number>[] = [],
  ): Promise<Result<null>> {
    await readSwitch();
    const taken = await portTaken(next, sockets);
    if (taken !== null) return taken;
    prepared = { settings: next };
    // A socket that was handed over and is not shared is the only one of its port: the other threads do without.
    const isFor = (index: number, port: number) =>
      sockets[index]?.has(port) === true || !sockets.some((given) => given.has(port));
    page = await pageOf(next?.maintenance.file ?? null);
    // The first listeners show their certificates from the first connection on.
    if (settings === null) await supply.follow(next);
    const replies = await Promise.all(
      planes.map((plane, index) => {
        const order: FrontOrder | null =
          next === null
            ? null
            : {
                settings: { ...next, listen: next.listen.filter(({ port }) => isFor(index, port)) },
                live: liveOf(next),
                buckets: memory,
                secret,
                isFirst: index === 0,
                isShared: planes.length > 1,
              };
        return plane.front({ do: 'prepare', order, sockets: [...(sockets[index] ?? [])] });
      }),
    );
    const refused = replies.find((reply) => reply.refused !== null)?.refused ?? null;
    if (refused === null) return ok(null);
    await discard();
    return { ok: false, error: refused };
  }

  async function pageOf(file: string | null): Promise<string | null> {
    if (file === null) return null;
    return readFile(file, 'utf8').catch((reason: unknown) => {
      log({ event: 'MAINTENANCE PAGE NOT READ', file, reason: String(reason) });
      return null;
    });
  }

  /** Sockets of several threads share a port, then also with those of a stranger: who has it is asked before. */
  async function portTaken(
    next: EdgeSettings | null,
    sockets: readonly ReadonlyMap<number, number>[],
  ): Promise<Result<never> | null> {
    const open = new Set(settings?.listen.map(({ address, port }) => `${address} ${port}`));
    for (const { address, port } of next?.listen ?? []) {
      if (open.has(`${address} ${port}`) || sockets.some((given) => given.has(port))) continue;
      const reason = await reasonStillTaken(address, port, clock);
      if (reason !== null) return fail('edge_listen_failed', { address, port, reason });
    }
    return null;
  }

  async function take(): Promise<void> {
    if (prepared === null) return;
    settings = prepared.settings;
    prepared = null;
    await all({ do: 'take' });
    await supply.follow(settings);
    await spread();
  }

  async function discard(): Promise<void> {
    prepared = null;
    await all({ do: 'discard' });
  }

  async function readSwitch(): Promise<void> {
    if (hasReadSwitch) return;
    hasReadSwitch = true;
    const text = await readIfThere(switchFile).catch(() => null);
    if (text !== null) isSwitchedOn = text.includes('true');
  }

  const state = (): EdgeState => ({
    isDeclared: settings !== null,
    isInMaintenance: isInMaintenance(),
    certificates: [...supply.certificates].map(([source, { names, notAfter }]) => ({
      source,
      names,
      notAfter,
    })),
    problems: Object.fromEntries(supply.problems),
  });

  return {
    prepare,
    take,
    discard,
    state,
    async setMaintenance(isOn) {
      const kept = await keepSwitch(switchFile, isOn);
      if (!kept.ok) return kept;
      isSwitchedOn = isOn;
      log({ event: 'maintenance', isOn: isInMaintenance() });
      await spread();
      return ok(state());
    },
    async metrics() {
      const replies = await all({ do: 'look' });
      const looks = replies.flatMap(({ look }) => (look === null ? [] : [look]));
      const sum = (of: (look: FrontLook) => number) => looks.reduce((total, look) => total + of(look), 0);
      const ends = new Map(
        [...supply.certificates].map(([source, { notAfter }]) => [labelsOf({ source }), notAfter / 1_000]),
      );
      return [
        ...addUp(looks.map(({ metrics }) => metrics)),
        metricText(
          'fairway_edge_connections',
          'gauge',
          'Connections that are open.',
          new Map([['', sum((look) => look.connections)]]),
        ),
        metricText(
          'fairway_edge_access_log_lost_total',
          'counter',
          'Lines of the access log that were lost.',
          new Map([['', sum((look) => look.lostLines)]]),
        ),
        metricText(
          'fairway_edge_certificate_end_seconds',
          'gauge',
          'When a certificate runs out, in seconds since 1970.',
          ends,
        ),
        metricText(
          'fairway_edge_maintenance',
          'gauge',
          'Whether the edge is closed for work.',
          new Map([['', isInMaintenance() ? 1 : 0]]),
        ),
      ].join('');
    },
    close: () => supply.stop(),
  };
}

async function keepSwitch(file: string, isOn: boolean | null): Promise<Result<null>> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (isOn === null) await rm(file, { force: true });
    else await replaceFile(file, JSON.stringify({ on: isOn }));
    return ok(null);
  } catch (reason) {
    return fail('disk_failed', {
      path: file,
      reason: reason instanceof Error ? reason.message : String(reason),
    });
  }
}
