import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureNode24 } from './node24.mjs';
import { findNpm } from './npm.mjs';
import { ensurePackages, packagesAreReady } from './packages.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fairway packages '));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const lines: string[] = [];
const say = { line: (text: string) => void lines.push(text), detail: () => {} };
const write = (file: string, packages: object) => {
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify({ packages }));
};
const installed = 'node_modules/.package-lock.json';

describe('whether the packages are there', () => {
  const locked = {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
    'systems/x': { version: '0.0.0' },
  };
  test.each([
    [
      'as the lockfile says',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } },
      true,
    ],
    ['an optional one is missing', { 'node_modules/a': { version: '1.0.0' } }, true],
    ['one is missing', { 'node_modules/b': { version: '2.0.0' } }, false],
    ['one has another version', { 'node_modules/a': { version: '1.0.1' } }, false],
  ])('%s', (_, present, expected) => {
    write('package-lock.json', locked);
    write(installed, present);
    expect(packagesAreReady(root)).toBe(expected);
  });

  test('nothing is installed', () => {
    write('package-lock.json', locked);
    expect(packagesAreReady(root)).toBe(false);
  });

  test('what somebody installed himself is left as it is', async () => {
    write('package-lock.json', locked);
    write(installed, { 'node_modules/a': { version: '1.0.0' } });
    await ensurePackages(root, '/nowhere', say, { PATH: '' });
    expect(lines).toEqual([]);
    expect(lstatSync(join(root, '.tools', 'packages')).isFile()).toBe(true);
  });
});

describe('Node 24', () => {
  test('the Node that runs this is found and pointed at', async () => {
    const folder = await ensureNode24(root, say, { PATH: '' });
    expect(folder).toBe(join(root, '.tools', 'bin'));
    expect(realpathSync(join(folder, 'node'))).toBe(realpathSync(process.execPath));
    await ensureNode24(root, say, { PATH: '' });
    expect(readlinkSync(join(folder, 'node'))).toBe(process.execPath);
  });
});

describe('npm', () => {
  const place = (version: string) => {
    mkdirSync(join(root, 'npm', 'bin'), { recursive: true });
    writeFileSync(join(root, 'npm', 'package.json'), JSON.stringify({ version }));
    const script = join(root, 'npm', 'bin', 'npm-cli.js');
    writeFileSync(script, '');
    return script;
  };

  test('the npm that runs us is taken', () => {
    const script = place('11.0.0');
    expect(findNpm({ npm_execpath: script, PATH: '' })).toBe(script);
  });

  test('another package manager is not taken for npm', () => {
    writeFileSync(join(root, 'yarn.js'), '');
    const script = place('10.0.0');
    const programs = join(root, 'npm', 'bin');
    writeFileSync(join(programs, 'npm'), '');
    expect(() => findNpm({ npm_execpath: join(root, 'yarn.js'), PATH: '' })).not.toThrow(/yarn/);
    expect(script).toContain('npm-cli.js');
  });
});
