import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';

const program = `
  import { systemClock } from './src/host/clock.ts';
  import { untilInterrupted } from './src/host/until-interrupted.ts';
  const interrupted = new AbortController();
  process.on('SIGINT', () => interrupted.abort());
  console.log('waits');
  await untilInterrupted(systemClock, interrupted.signal);
  console.log('over');
`;

test('a program that has nothing else to do waits until it is interrupted', async () => {
  const root = new URL('../..', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await expect.poll(() => output).toContain('waits');
  await wait(300); // one that does not wait has ended by itself
  child.kill('SIGINT');
  expect([await ended, output]).toEqual([0, 'waits\nover\n']);
});
