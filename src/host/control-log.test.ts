import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeStateFolder } from './control-file.ts';
import { controlLog, lastWords, roomInState, sizeOf } from './control-log.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-control-log-'));
  makeStateFolder(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the last words of a control plane', () => {
  it('are its last line, without time and hint, and none of one before it', () => {
    const file = controlLog(folder);
    expect([sizeOf(file), lastWords(file, 0)]).toEqual([0, null]);
    const before = 'control plane of /shop\n2026-11-22T10:21:49.256Z The disk that holds it is full.\n';
    writeFileSync(file, before);
    expect(lastWords(file, 0)).toBe('The disk that holds it is full.');
    expect(lastWords(file, sizeOf(file))).toBe(null);
    writeFileSync(file, `${'x'.repeat(9_000)}\nerror  No room.\nhint   Make some.\n\n`);
    expect(lastWords(file, before.length)).toBe('No room.');
  });
});

describe('room in the state folder', () => {
  it('is there, and nothing is left of the question', () => {
    expect(roomInState(folder).ok).toBe(true);
    expect(readdirSync(join(folder, '.fairway'))).toEqual(['.gitignore']);
  });

  it('is missing where nothing can be written any more, which is told with its reason', () => {
    const program = `
      const { roomInState } = await import(${JSON.stringify(join(import.meta.dirname, 'control-log.ts'))});
      console.log(JSON.stringify(roomInState(${JSON.stringify(folder)})));`;
    // As on a full disk: a file can be made, and nothing can be written into it.
    const limited = ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e'];
    const { stdout } = spawnSync('sh', [...limited, program], { encoding: 'utf8', timeout: 20_000 });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'state_folder_not_writable', facts: { reason: expect.stringContaining('EFBIG') } },
    });
    expect(readdirSync(join(folder, '.fairway'))).toEqual(['.gitignore']);
  });
});
