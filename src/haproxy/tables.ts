/** What HAProxy answers, read: one function for each form. Lines that mean nothing here are left out. */

/** A server in `show servers state` (format 1). */
export interface PresentServer {
  readonly backend: string;
  readonly server: string;
  readonly port: number;
  /** Takes new requests. */
  readonly isReady: boolean;
  readonly isInMaintenance: boolean;
}

export function readServers(text: string): readonly PresentServer[] {
  return linesOf(text).flatMap((line) => {
    const fields = line.split(' ');
    const [, backend = '', , server = '', , operational, administrative] = fields;
    if (line.startsWith('#') || fields.length < 20) return [];
    const admin = Number(administrative);
    return [
      {
        backend,
        server,
        port: Number(fields[18]),
        isReady: operational === '2' && admin === 0,
        isInMaintenance: (admin & maintenance) !== 0,
      },
    ];
  });
}

/** Forced into maintenance, or inherited or by configuration (management guide, srv_admin_state). */
const maintenance = 0x01 | 0x02 | 0x04 | 0x20;

/** A server in `show stat`. */
export interface ServerStatistics {
  readonly backend: string;
  readonly server: string;
  /** Requests and tunnels that are open now. */
  readonly open: number;
  /** Answers since the process began; those with a status of 1xx only where they are the last word. */
  readonly answered: number;
  /** Among them 5xx, and those that broke off after their head. */
  readonly failed: number;
}

export function readStatistics(text: string): readonly ServerStatistics[] {
  const [head = '', ...lines] = linesOf(text);
  const names = head.replace(/^# /, '').split(',');
  const column = (name: string) => names.indexOf(name);
  const [atBackend, atServer, atOpen] = [column('pxname'), column('svname'), column('scur')];
  const final = ['hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'].map(column);
  const [informational, failures, aborts] = [column('hrsp_1xx'), column('hrsp_5xx'), column('srv_abrt')];
  return lines.flatMap((line) => {
    const fields = line.split(',');
    const [backend = '', server = ''] = [fields[atBackend], fields[atServer]];
    if (!/^r\d+$/.test(server)) return [];
    const at = (index: number) => Number(fields[index] ?? 0);
    const answered = final.reduce((sum, index) => sum + at(index), 0);
    return [
      {
        backend,
        server,
        open: at(atOpen),
        // The answer to a WebSocket is 101; other answers have another one behind theirs.
        answered: backend.endsWith('w') ? answered + at(informational) : answered,
        failed: at(failures) + at(aborts),
      },
    ];
  });
}

/** Connections of callers, in the frontends of `show stat`. */
export function readConnections(text: string): number {
  const [head = '', ...lines] = linesOf(text);
  const names = head.replace(/^# /, '').split(',');
  return lines.reduce((sum, line) => sum + Number(line.split(',')[names.indexOf('scur')] ?? 0), 0);
}

/** The entries of a stick table: one counter for each key. */
export function readCounters(text: string, counter: string): ReadonlyMap<number, number> {
  const pattern = new RegExp(`key=(\\d+) .*\\b${counter}=(\\d+)`);
  return new Map(
    linesOf(text).flatMap((line): [number, number][] => {
      const found = pattern.exec(line);
      return found === null ? [] : [[Number(found[1]), Number(found[2])]];
    }),
  );
}

/** `show map`: an address in memory, the key and its value, which may hold spaces. */
export function readMap(text: string): ReadonlyMap<string, string> {
  return new Map(
    linesOf(text).flatMap((line): [string, string][] => {
      const found = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line);
      return found === null ? [] : [[found[1] ?? '', found[2] ?? '']];
    }),
  );
}

/** The processes in `show proc` of the master: the one that answers, and those of before. */
export interface Processes {
  readonly worker: number | null;
  readonly leaving: readonly number[];
  readonly failedReloads: number;
  readonly reloads: number;
}

export function readProcesses(text: string): Processes {
  const [, before = ''] = /# workers\n([\s\S]*?)(?=# old workers|# programs|$)/.exec(text) ?? [];
  const [, old = ''] = /# old workers\n([\s\S]*?)(?=# programs|$)/.exec(text) ?? [];
  const workers = (part: string) =>
    linesOf(part).flatMap((line) => {
      const found = /^(\d+)\s+worker\s/.exec(line);
      return found === null ? [] : [Number(found[1])];
    });
  const master = /master\s+(\d+) \[failed: (\d+)\]/.exec(text);
  return {
    worker: workers(before)[0] ?? null,
    leaving: workers(old),
    reloads: Number(master?.[1] ?? 0),
    failedReloads: Number(master?.[2] ?? 0),
  };
}

/** A field of `show info`. */
export function readInfo(text: string, name: string): string | null {
  const line = linesOf(text).find((each) => each.startsWith(`${name}: `));
  return line === undefined ? null : line.slice(name.length + 2);
}

/** An open stream in `show sess`: its id and the server it goes to. */
export interface OpenStream {
  readonly id: string;
  readonly backend: string;
  readonly server: string;
}

export function readStreams(text: string): readonly OpenStream[] {
  return linesOf(text).flatMap((line) => {
    const found = /^(0x[0-9a-f]+): .*\bbe=(\S+) srv=(r\d+) /.exec(line);
    return found === null ? [] : [{ id: found[1] ?? '', backend: found[2] ?? '', server: found[3] ?? '' }];
  });
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
