import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { find, type Running } from './programs.ts';

const run = promisify(execFile);

export interface Sample {
  readonly perSecond: number;
  /** Microseconds; the median and the slowest hundredth. */
  readonly middle: number;
  readonly slow: number;
  /** Processor time of the measured process per request, microseconds; null when it has none of its own. */
  readonly processor: number | null;
  readonly failed: number;
}

export const loadProgram = find('wrk') === null ? 'a Node loop' : 'wrk';
const connections = 32;

/** Loads it for so many seconds, over 32 kept connections, each with one request at a time. */
export async function measure({ port, pid }: Running, seconds: number): Promise<Sample> {
  const before = processorMicros(pid);
  const counted = await (loadProgram === 'wrk' ? byWrk(port, seconds) : byLoop(port, seconds));
  const spent = before === null ? null : (processorMicros(pid) ?? before) - before;
  const { requests, failed, middle, slow, took } = counted;
  return {
    perSecond: requests / took,
    middle,
    slow,
    processor: spent === null ? null : spent / requests,
    failed,
  };
}

interface Counted {
  readonly requests: number;
  readonly failed: number;
  readonly middle: number;
  readonly slow: number;
  /** Seconds. */
  readonly took: number;
}

async function byWrk(port: number, seconds: number): Promise<Counted> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', `http://127.0.0.1:${port}/`];
  const { stdout } = await run(find('wrk') ?? 'wrk', args, { timeout: (seconds + 30) * 1_000 });
  const latency = (share: string) => micros(new RegExp(`${share}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout));
  const [, requests = '0', took = '1'] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
  const others = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? '0';
  const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return {
    requests: Number(requests),
    took: Number(took),
    middle: latency('50'),
    slow: latency('99'),
    failed: [others, ...errors].reduce((sum, text) => sum + Number(text), 0),
  };
}

function micros(found: RegExpExecArray | null): number {
  const unit = found?.[2] === 's' ? 1_000_000 : found?.[2] === 'ms' ? 1_000 : 1;
  return Number(found?.[1] ?? Number.NaN) * unit;
}

async function byLoop(port: number, seconds: number): Promise<Counted> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const took: number[] = [];
  let failed = 0;
  const began = performance.now();
  const until = began + seconds * 1_000;
  const one = async () => {
    while (performance.now() < until) {
      const sent = performance.now();
      try {
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/' });
        await body.dump();
        if (statusCode !== 200) failed += 1;
      } catch {
        failed += 1;
      }
      took.push((performance.now() - sent) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  const lasted = (performance.now() - began) / 1_000;
  await pool.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor(share * (took.length - 1))] ?? Number.NaN;
  return { requests: took.length, took: lasted, failed, middle: at(0.5), slow: at(0.99) };
}

/** User and system time so far: fields 14 and 15 of /proc/PID/stat, in hundredths of a second. */
function processorMicros(pid: number | null): number | null {
  if (pid === null || process.platform !== 'linux') return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
