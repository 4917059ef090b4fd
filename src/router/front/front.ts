import {
  type Certificate,
  createMetrics,
  type EdgeListen,
  type LogFile,
  openLogFile,
  readCertificate,
} from '#edge';
import { ok, type Result } from '#kernel';
import { createHold } from './hold.ts';
import type { FrontOrder, LiveOrder } from './order.ts';
import { type Rules, rulesOf } from './rules.ts';
import { type FrontServer, openFrontServer } from './server.ts';
import type { FrontWorld } from './shared.ts';
import { visitHandlers } from './visits.ts';

/**
 * The public listeners of one thread: TLS, hosts and paths, guards, and then the same way through the router that requests
 * on the loopback ports go.
 */
export interface Front {
  /**
   * Opens the listeners that an order adds; nothing else changes before `take`. `sockets`: those that were handed over, by
   * port. Failures: `edge_listen_failed` (facts: address, port, reason).
   */
  prepare(order: FrontOrder | null, sockets?: ReadonlyMap<number, number>): Promise<Result<null>>;
  /** Works by the prepared order from now on, in one turn of the event loop; listeners that are left out are closed. */
  take(): void;
  discard(): void;
  /** Certificates, challenges, maintenance: without a new order. Connections that are open stay. */
  update(live: LiveOrder): void;
  /** Replicas may have come: requests that wait look again. */
  routesChanged(): void;
  look(): FrontLook;
  sockets(): readonly { readonly port: number; readonly fd: number }[];
  close(): Promise<void>;
  leave(): Promise<void>;
  destroy(): void;
}

export interface FrontLook {
  /** Metrics in the text format of Prometheus. */
  readonly metrics: string;
  readonly connections: number;
  /** Lines of the access log that were lost. */
  readonly lostLines: number;
}

/** What a listener is, for its whole life. */
const keyOf = ({ address, port, tls }: EdgeListen): string =>
  `${address} ${port} ${tls === null ? 'plain' : 'tls'}`;

interface Prepared {
  readonly order: FrontOrder | null;
  readonly rules: Rules | null;
  readonly opened: readonly FrontServer[];
}

const noHold = { requests: 0, millis: 0 };

export function createFront(frontWorld: FrontWorld): Front {
  const { world, log } = frontWorld;
  const servers = new Map<string, FrontServer>();
  const ending = new AbortController();
  const metrics = createMetrics();
  let prepared: Prepared | null = null;
  let rules: Rules | null = null;
  let certificates: readonly Certificate[] = [];
  let accessLog: { readonly text: string; readonly file: LogFile } | null = null;
  const hold = createHold(() => rules?.settings.hold ?? noHold, world.clock);
  const handlers = visitHandlers({
    ...frontWorld,
    metrics,
    hold,
    // From the moment a first listener is open somebody may come by it.
    rules: () => rules ?? prepared?.rules ?? null,
    accessLog: () => accessLog?.file ?? null,
    ending: ending.signal,
  });

  async function prepare(
    next: FrontOrder | null,
    sockets: ReadonlyMap<number, number> = new Map(),
  ): Promise<Result<null>> {
    discard();
    const shown = next === null ? [] : certificatesOf(next.live);
    prepared = { order: next, rules: next === null ? null : rulesOf(next), opened: [] };
    const wanted = next?.settings.listen.filter((listen) => !servers.has(keyOf(listen))) ?? [];
    const results = await Promise.all(
      wanted.map((listen) =>
        openFrontServer({
          listen,
          settings: (next as FrontOrder).settings,
          certificates: shown,
          fd: sockets.get(listen.port) ?? null,
          isShared: next?.isShared === true,
          handlers,
          clock: world.clock,
        }),
      ),
    );
    const opened = results.flatMap((result) => (result.ok ? [result.value] : []));
    prepared = { ...prepared, opened };
    const failed = results.find((result) => !result.ok);
    if (failed === undefined) return ok(null);
    discard();
    return failed;
  }

  function discard(): void {
    for (const server of prepared?.opened ?? []) void server.close();
    prepared = null;
  }

  function take(): void {
    if (prepared === null) return;
    const { order: next, opened } = prepared;
    rules = prepared.rules;
    prepared = null;
    changeLog(next);
    for (const server of opened) servers.set(keyOf(server.listen), server);
    const wanted = new Set(next?.settings.listen.map(keyOf));
    for (const [key, server] of servers) {
      if (wanted.has(key)) continue;
      servers.delete(key);
      void server.close();
    }
    if (next !== null) update(next.live);
    hold.look();
  }

  function update(live: LiveOrder): void {
    if (rules === null) return;
    rules.live = live;
    certificates = certificatesOf(live);
    for (const server of servers.values()) server.show(certificates, rules.settings);
  }

  function certificatesOf(live: LiveOrder): readonly Certificate[] {
    return live.certificates.flatMap(({ chain, key }) => {
      const known = certificates.find((one) => one.chain === chain && one.key === key);
      if (known !== undefined) return [known];
      const read = readCertificate(chain, key, 'a certificate of the edge');
      if (!read.ok) log({ event: 'certificate unusable', reason: String(read.error.facts['reason']) });
      return read.ok ? [read.value] : [];
    });
  }

  function changeLog(next: FrontOrder | null): void {
    const settings = next?.settings.accessLog ?? null;
    const text = JSON.stringify(settings);
    if (accessLog?.text === text) return;
    void accessLog?.file.close();
    const failed = (reason: string) => log({ event: 'ACCESS LOG NOT WRITTEN', reason });
    accessLog =
      settings === null
        ? null
        : { text, file: openLogFile({ ...settings, mayRotate: next?.isFirst === true, failed }) };
  }

  async function end(how: 'close' | 'leave'): Promise<void> {
    discard();
    ending.abort();
    await Promise.all([...servers.values()].map((server) => server[how]()));
    await accessLog?.file.close();
  }

  return {
    prepare,
    take,
    discard,
    update,
    routesChanged: () => hold.look(),
    look: () => ({
      metrics: metrics.text(),
      connections: [...servers.values()].reduce((sum, server) => sum + server.open(), 0),
      lostLines: accessLog?.file.lost() ?? 0,
    }),
    sockets: () => [...servers.values()].map((server) => ({ port: server.listen.port, fd: server.fd() })),
    close: () => end('close'),
    leave: () => end('leave'),
    destroy() {
      for (const server of servers.values()) server.destroy();
    },
  };
}
