import type { Environment } from '#core/system';
import { fail, ok, type Random, type Result } from '#kernel';
import { freePort, probePort } from '#process';
import { readDocument, writeAtomically } from './files.ts';

/**
 * Below the range from which systems take the ports of outgoing connections (32768 upwards on Linux): a port from here
 * that was free stays free for a while.
 */
const range = { first: 20_000, count: 12_000 } as const;
const attempts = 40;

/** A free loopback port that none of `taken` is. Failure: `no_free_port`. */
export async function pickPort(random: Random, taken: ReadonlySet<number>): Promise<Result<number>> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = range.first + Math.floor(random() * range.count);
    if (!taken.has(port) && (await probePort(port)).ok) return ok(port);
  }
  const any = await freePort();
  return any.ok && !taken.has(any.value) ? any : fail('no_free_port');
}

/** The router's ports, kept for the life of the environment. */
export interface RouterPorts {
  readonly format: 1;
  /** Of every HTTP service the one that callers use. */
  readonly ports: Readonly<Record<string, number>>;
  /** Of every HTTP service the one on which its canary alone answers. */
  readonly previews: Readonly<Record<string, number>>;
}

const format = 1;

/**
 * Decides and remembers the ports. A declared port must be free or ours; a remembered one is exchanged when somebody
 * else took it while nothing of this environment ran; that of a preview always, since nobody was given it to keep. A
 * router that has a table listens on the remembered ports itself (should it not, it says so when it is given the next table).
 * Failures: `port_taken` (facts: service, port), `no_free_port`, and those of `diskFailure`.
 */
export async function decideRouterPorts(options: {
  file: string;
  environment: Environment;
  routerHasTable: boolean;
  mayMove: boolean;
  random: Random;
}): Promise<Result<RouterPorts>> {
  const read = await readDocument(options.file, format);
  if (!read.ok) return read;
  // A file of before there were previews has none.
  const known = read.value as (Omit<RouterPorts, 'previews'> & Partial<RouterPorts>) | null;
  const ports: Record<string, number> = {};
  const taken = new Set([...Object.values(known?.ports ?? {}), ...Object.values(known?.previews ?? {})]);
  for (const service of options.environment.services) {
    if (service.traffic !== 'http') continue;
    const remembered = known?.ports[service.name];
    const wanted = service.port ?? remembered;
    const held = options.routerHasTable && wanted === remembered;
    if (wanted !== undefined && (held || (await probePort(wanted)).ok)) {
      ports[service.name] = wanted;
    } else if (wanted !== undefined && (service.port !== null || !options.mayMove)) {
      return fail('port_taken', { service: service.name, port: wanted });
    } else {
      const picked = await pickPort(options.random, taken);
      if (!picked.ok) return picked;
      ports[service.name] = picked.value;
    }
    taken.add(ports[service.name] ?? 0);
  }
  const previews = await decidePreviews(options, known?.previews ?? {}, taken);
  if (!previews.ok) return previews;
  const decided = { format, ports, previews: previews.value } as const;
  const written = await writeAtomically(options.file, `${JSON.stringify(decided, null, 1)}\n`, 0o644);
  return written.ok ? ok(decided) : written;
}

async function decidePreviews(
  { environment, routerHasTable, random }: Parameters<typeof decideRouterPorts>[0],
  known: Readonly<Record<string, number>>,
  taken: Set<number>,
): Promise<Result<Readonly<Record<string, number>>>> {
  const previews: Record<string, number> = {};
  for (const { name, traffic } of environment.services) {
    if (traffic !== 'http') continue;
    const remembered = known[name];
    const isKept = remembered !== undefined && (routerHasTable || (await probePort(remembered)).ok);
    const picked = isKept ? ok(remembered) : await pickPort(random, taken);
    if (!picked.ok) return picked;
    previews[name] = picked.value;
    taken.add(picked.value);
  }
  return ok(previews);
}
