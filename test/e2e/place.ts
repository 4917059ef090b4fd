import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import type { StatusView } from '#api';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'src', 'main.ts');

export interface Ran {
  readonly exitCode: number | null;
  readonly output: string;
}

/** A copy of a system in a place of its own, driven by the command line as its users do. */
export interface Place {
  readonly folder: string;
  fairway(...args: string[]): Promise<Ran>;
  /** A running command, to be looked at while it goes on. */
  begin(...args: string[]): { readonly done: Promise<Ran>; output(): string };
  status(): Promise<StatusView>;
  address(service: string): Promise<string>;
  controlPid(): number;
  until(what: string, holds: (status: StatusView) => boolean, seconds?: number): Promise<StatusView>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Everything that names the place in its arguments has ended: control plane, router, services, stores. */
async function nothingLeft(place: string): Promise<void> {
  const left = () =>
    execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(place));
  for (const end = Date.now() + 25_000; left().length > 0 && Date.now() < end; ) await wait(100);
  if (left().length > 0) throw new Error(`still running:\n${left().join('\n')}`);
}

/** What a rollout waits for, or the whole status when there is none. */
const inShort = (status: StatusView | null): string => {
  const { phase, stage, held, waitsFor, arms, checks } = status?.rollout ?? {};
  return JSON.stringify(phase === undefined ? status : { phase, stage, held, waitsFor, arms, checks });
};

/** Gives a place the packages of several folders, those of a later one before those of an earlier one. */
function linkPackages(place: string, folders: readonly string[]): void {
  mkdirSync(join(place, 'node_modules'));
  for (const folder of folders.filter((each) => existsSync(each))) {
    for (const name of readdirSync(folder)) {
      const link = join(place, 'node_modules', name);
      rmSync(link, { force: true });
      symlinkSync(join(folder, name), link);
    }
  }
}

/** Copies a folder of the project to a temporary place; its packages are those of the project. */
export function placeOf(folder: string): Place {
  const place = mkdtempSync(join(tmpdir(), 'fairway-e2e-'));
  cpSync(join(root, folder), place, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.fairway)$/.test(path),
  });
  linkPackages(place, [join(root, 'node_modules'), join(root, folder, 'node_modules')]);

  function begin(...args: string[]) {
    // The name of a runbook, and "create NAME" of a token, stand before the folder.
    const before = { recover: 2, token: 3 }[args[0] ?? ''] ?? 1;
    const given = [...args.slice(0, before), place, ...args.slice(before)];
    const child = spawn(process.execPath, [main, ...given], {
      cwd: place,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const done = new Promise<Ran>((resolve) =>
      child.on('close', (exitCode) => resolve({ exitCode, output })),
    );
    return { done, output: () => output };
  }

  const fairway = (...args: string[]) => begin(...args).done;

  async function status(): Promise<StatusView> {
    const { exitCode, output } = await fairway('status', '--json');
    if (exitCode !== 0) throw new Error(`status ended with ${exitCode}:\n${output}`);
    return JSON.parse(output) as StatusView;
  }

  return {
    folder: place,
    fairway,
    begin,
    status,
    async address(service) {
      const found = (await status()).services.find((each) => each.name === service)?.address;
      if (!found) throw new Error(`${service} has no address`);
      return found;
    },
    controlPid() {
      return (JSON.parse(readFileSync(join(place, '.fairway', 'control.json'), 'utf8')) as { pid: number })
        .pid;
    },
    async until(what, holds, seconds = 60) {
      let last: StatusView | null = null;
      for (const end = Date.now() + seconds * 1_000; Date.now() < end; await wait(200)) {
        last = await status();
        if (holds(last)) return last;
      }
      const explained = await fairway('explain');
      throw new Error(`${what} did not come; the last status: ${inShort(last)}\n${explained.output}`);
    },
    async [Symbol.asyncDispose]() {
      if (existsSync(join(place, '.fairway'))) await fairway('down', '--erase', '--yes');
      const file = join(place, '.fairway', 'control.json');
      if (existsSync(file)) {
        const { address, control } = JSON.parse(readFileSync(file, 'utf8')) as {
          address: string;
          control: string;
        };
        const init = {
          method: 'POST',
          headers: { authorization: `Bearer ${control}` },
          signal: AbortSignal.timeout(5_000),
        };
        await fetch(`${address}/v1/control/shutdown`, init).catch(() => undefined);
        await nothingLeft(place);
      }
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
