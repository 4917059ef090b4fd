import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from './world.ts';

/** A control plane in a process of its own; see `control-plane.ts` for what it may do. */
export interface Plane {
  /** Resolves with what it has said, once that holds. */
  said(holds: (text: string) => boolean): Promise<string>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startPlane(folder: string, act: 'web' | 'job' | 'consume'): Plane {
  const program = join(import.meta.dirname, 'control-plane.ts');
  const plane: ChildProcess = spawn(process.execPath, [program, folder, act], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  plane.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  const isGone = () => plane.exitCode !== null || plane.signalCode !== null;
  return {
    async said(holds) {
      await until(
        () => holds(text),
        () => text,
      );
      return text;
    },
    async kill() {
      plane.kill('SIGKILL');
      await until(isGone);
    },
  };
}
