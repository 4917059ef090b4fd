import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, instant, ok, type Result } from '#kernel';
import type { Content, CopyFacts, PartSink, RestoreSource } from '#ports';
import { openSqliteStore } from '#store';
import { copyJournal, copyOwn, type Own, restoreOwn } from './index.ts';
import { leadsOut } from './walk.ts';

const never = new AbortController().signal;
const clock: Clock = {
  now: () => instant(performance.timeOrigin + performance.now()),
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-own-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A system with all that may lie in one, and what belongs to it. */
function ownIn(folder: string): Own {
  const systemFolder = join(folder, 'shop');
  const own = join(systemFolder, '.fairway');
  const environment = join(own, 'prod');
  for (const made of [environment, join(own, 'snapshots', 'b1'), join(systemFolder, '.git')])
    mkdirSync(made, { recursive: true });
  mkdirSync(join(systemFolder, 'web', 'node_modules', 'left-pad'), { recursive: true });
  mkdirSync(join(systemFolder, 'web', 'empty'));
  const write = (path: string, text: string) => writeFileSync(join(systemFolder, path), text);
  write('fairway.yaml', 'name: shop\n');
  write('.env', 'STRIPE_KEY=sk_live\n');
  write('.git/HEAD', 'ref\n');
  write('web/node_modules/left-pad/index.js', '');
  write('web/start.sh', '#!/bin/sh\n');
  chmodSync(join(systemFolder, 'web/start.sh'), 0o755);
  write('web/-rf', 'a name like an option');
  write('web/ünï\ncode', 'and one with a new line');
  write(`web/${'deep'.repeat(40)}`, 'longer than 100 bytes');
  symlinkSync('../fairway.yaml', join(systemFolder, 'web', 'inside'));
  symlinkSync('/etc', join(systemFolder, 'web', 'outside'));
  symlinkSync('../../elsewhere', join(systemFolder, 'web', 'beside'));
  writeFileSync(join(own, 'snapshots', 'b1', 'index.js'), 'built');
  writeFileSync(join(environment, 'secrets.json'), '{"KEY":"s3cret"}', { mode: 0o600 });
  return {
    journal: (file) => Promise.resolve(ok(writeFileSync(file, 'a journal'))).then(() => ok(null)),
    secrets: join(environment, 'secrets.json'),
    snapshots: join(own, 'snapshots'),
    systemFolder,
    workFolder: join(environment, 'recovery'),
    clock,
  };
}

async function keep(own: Own): Promise<{ facts: CopyFacts; parts: Map<string, Buffer> }> {
  const parts = new Map<string, Buffer>();
  const sink: PartSink = async (name, content) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(Uint8Array.from(piece));
    parts.set(name, Buffer.concat(pieces));
    return ok(null);
  };
  return { facts: valueOf(await copyOwn(own, sink, never)), parts };
}

function sourceOf(parts: ReadonlyMap<string, Buffer>): RestoreSource {
  const facts = { from: clock.now(), until: clock.now(), bytes: 0, detail: null };
  async function* content(name: string): Content {
    yield parts.get(name) ?? Buffer.alloc(0);
  }
  return { facts, parts: [...parts.keys()], part: content, log: [], piece: content };
}

const placesIn = (folder: string) => ({
  journal: join(folder, 'shop', '.fairway', 'prod', 'journal.sqlite'),
  secrets: join(folder, 'shop', '.fairway', 'prod', 'secrets.json'),
  snapshots: join(folder, 'shop', '.fairway', 'snapshots'),
  systemFolder: join(folder, 'shop'),
});
const nothing = { journal: null, secrets: null, snapshots: null, systemFolder: null };

describe('what Fairway itself keeps', () => {
  test('comes back as it was', async () => {
    const own = ownIn(temporary());
    const { facts, parts } = await keep(own);
    expect([...parts.keys()].sort()).toEqual([
      'env.txt',
      'journal.sqlite',
      'secrets.json',
      'snapshots.tar',
      'system.tar',
    ]);
    expect(facts.detail).toEqual({ leftOut: ['system.tar: web/beside', 'system.tar: web/outside'] });
    expect(facts.bytes).toBe([...parts.values()].reduce((sum, { length }) => sum + length, 0));
    expect(readdirSync(own.workFolder)).toEqual([]);

    const folder = temporary();
    mkdirSync(join(folder, 'shop', '.fairway', 'prod'), { recursive: true }); // copies are read from it, say
    const places = placesIn(folder);
    expect(valueOf(await restoreOwn(sourceOf(parts), places, never)).toSorted()).toEqual(
      [...parts.keys()].sort(),
    );
    const system = places.systemFolder;
    const read = (path: string) => readFileSync(join(system, path), 'utf8');
    expect(readdirSync(system).sort()).toEqual(['.env', '.fairway', 'fairway.yaml', 'web']);
    const deep = 'deep'.repeat(40);
    expect(readdirSync(join(system, 'web')).sort()).toEqual(
      ['-rf', deep, 'empty', 'inside', 'start.sh', 'ünï\ncode'].sort(),
    );
    expect(read('web/ünï\ncode')).toBe('and one with a new line');
    expect(read(`web/${deep}`)).toBe('longer than 100 bytes');
    expect(readlinkSync(join(system, 'web/inside'))).toBe('../fairway.yaml');
    expect(statSync(join(system, 'web/start.sh')).mode & 0o777).toBe(0o755);
    expect(read('.env')).toBe('STRIPE_KEY=sk_live\n');
    expect(read('.fairway/snapshots/b1/index.js')).toBe('built');
    expect(read('.fairway/prod/secrets.json')).toBe('{"KEY":"s3cret"}');
    expect(statSync(places.secrets).mode & 0o777).toBe(0o600);
    expect(readFileSync(places.journal, 'utf8')).toBe('a journal');
    expect(readdirSync(folder)).toEqual(['shop']);
  });

  test('comes back in parts, and what is not there is not missed', async () => {
    const own = ownIn(temporary());
    rmSync(own.snapshots, { recursive: true });
    rmSync(join(own.systemFolder, '.env'));
    const { parts } = await keep({ ...own, journal: null });
    expect([...parts.keys()].sort()).toEqual(['secrets.json', 'system.tar']);
    const secrets = join(temporary(), 'secrets.json');
    expect(valueOf(await restoreOwn(sourceOf(parts), { ...nothing, secrets }, never))).toEqual([
      'secrets.json',
    ]);
    expect(readFileSync(secrets, 'utf8')).toBe('{"KEY":"s3cret"}');
  });

  test.each(['shop/mine.txt', 'shop/.env', 'shop/.fairway/prod/secrets.json', 'shop/.fairway/snapshots/b0'])(
    'is not put over %s',
    async (present) => {
      const { parts } = await keep(ownIn(temporary()));
      const folder = temporary();
      mkdirSync(join(folder, present, '..'), { recursive: true });
      writeFileSync(join(folder, present), 'mine');
      expect(await restoreOwn(sourceOf(parts), placesIn(folder), never)).toMatchObject({
        error: { code: 'restore_folder_not_empty', facts: { found: present.split('/').at(-1) } },
      });
      expect(readFileSync(join(folder, present), 'utf8')).toBe('mine');
      expect(
        readdirSync(folder, { recursive: true }).filter((path) =>
          lstatSync(join(folder, String(path))).isFile(),
        ),
      ).toEqual([present]);
    },
  );

  test('is kept without the folders that are to be left out, by whatever path they are named', async () => {
    const folder = temporary();
    const own = ownIn(folder);
    mkdirSync(join(own.systemFolder, 'data', 'copies'), { recursive: true });
    writeFileSync(join(own.systemFolder, 'data', 'copies', 'old.tar'), 'a copy of a copy');
    writeFileSync(join(own.systemFolder, 'data', 'kept'), '');
    symlinkSync(own.systemFolder, join(folder, 'link'));
    const without = [join(folder, 'link', 'data', 'copies'), join(folder, 'not-there')];
    const { parts } = await keep({ ...own, without });
    const places = { ...nothing, systemFolder: join(folder, 'back') };
    valueOf(await restoreOwn(sourceOf(parts), places, never));
    expect(readdirSync(join(folder, 'back', 'data'))).toEqual(['kept']);
  });

  test('is kept though a file vanishes or grows meanwhile, and not when one is cut', async () => {
    const own = ownIn(temporary());
    const file = (name: string) => join(own.systemFolder, name);
    for (const name of ['grows', 'shrinks', 'vanishes']) writeFileSync(file(name), 'x'.repeat(3_000_000));
    const parts = new Map<string, Buffer>();
    const meanwhile =
      (change: (name: string) => void): PartSink =>
      async (part, content) => {
        const pieces: Uint8Array[] = [];
        for await (const piece of content) {
          const begins =
            part === 'system.tar' ? /^(grows|shrinks)\0/.exec(Buffer.from(piece).toString()) : null;
          if (begins?.[1] !== undefined) change(begins[1]);
          pieces.push(piece);
        }
        parts.set(part, Buffer.concat(pieces));
        return ok(null);
      };
    const grow = (name: string) => {
      rmSync(file('vanishes'), { force: true });
      if (name === 'grows') writeFileSync(file(name), 'y'.repeat(1_000), { flag: 'a' });
    };
    const { detail } = valueOf(await copyOwn(own, meanwhile(grow), never));
    expect(detail).toMatchObject({ leftOut: expect.arrayContaining(['system.tar: vanishes']) });
    const systemFolder = join(temporary(), 'back');
    valueOf(await restoreOwn(sourceOf(parts), { ...nothing, systemFolder }, never));
    expect(readFileSync(join(systemFolder, 'grows'), 'utf8')).toBe('x'.repeat(3_000_000));
    const cut = (name: string) => {
      if (name === 'shrinks') writeFileSync(file(name), 'z');
    };
    expect(await copyOwn(own, meanwhile(cut), never)).toMatchObject({
      error: { code: 'store_copy_failed', facts: { store: 'fairway' } },
    });
  });

  test('of a damaged part leaves nothing', async () => {
    const { parts } = await keep(ownIn(temporary()));
    parts.set('system.tar', (parts.get('system.tar') ?? Buffer.alloc(0)).fill(7, 512, 2_000));
    const folder = temporary();
    const places = { ...nothing, systemFolder: join(folder, 'shop') };
    expect(await restoreOwn(sourceOf(parts), places, never)).toMatchObject({
      error: { code: 'store_restore_failed', facts: { store: 'fairway' } },
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

const tar = (cwd: string, ...args: readonly string[]) =>
  execFileSync('tar', ['-P', ...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });

describe('an archive that leads out of its folder', () => {
  /** Each makes an archive in a folder that also holds `target`, where nothing may ever arrive. */
  const attacks: readonly (readonly [string, (folder: string, target: string) => void])[] = [
    ['by a name with ..', (folder) => tar(folder, '-cf', 'a.tar', '--transform', 's,^,../target/,', 'file')],
    [
      'by a name with .. within',
      (folder) => tar(folder, '-cf', 'a.tar', '--transform', 's,^,x/../../,', 'file'),
    ],
    [
      'by an absolute name',
      (folder, target) => tar(folder, '-cf', 'a.tar', '--transform', `s,^,${target}/,`, 'file'),
    ],
    [
      'by an absolute link',
      (folder, target) => {
        symlinkSync(target, join(folder, 'link'));
        tar(folder, '-cf', 'a.tar', 'link');
      },
    ],
    [
      'by a link with ..',
      (folder) => {
        symlinkSync('../../target', join(folder, 'link'));
        tar(folder, '-cf', 'a.tar', 'link');
      },
    ],
    [
      'by a link and a file behind it',
      (folder, target) => {
        symlinkSync(target, join(folder, 'link'));
        tar(folder, '-cf', 'a.tar', 'link');
        tar(folder, '-rf', 'a.tar', '--transform', 's,^,link/,', 'file');
      },
    ],
    [
      'by two links, each of which seems to stay',
      (folder) => {
        mkdirSync(join(folder, 'd'));
        symlinkSync('..', join(folder, 'd', 'b'));
        symlinkSync('d/b/../target', join(folder, 'a'));
        tar(folder, '-cf', 'a.tar', 'd', 'a');
      },
    ],
    [
      'by a hard link',
      (folder) => {
        linkSync(join(folder, 'file'), join(folder, 'second'));
        tar(folder, '-cf', 'a.tar', 'file', 'second');
      },
    ],
    [
      'by something that is no file',
      (folder) => {
        execFileSync('mkfifo', [join(folder, 'pipe')]);
        tar(folder, '-cf', 'a.tar', 'pipe');
      },
    ],
  ];

  test.each(attacks)('%s is refused', async (_, attack) => {
    const folder = temporary();
    const target = join(folder, 'target');
    mkdirSync(target);
    const maker = join(folder, 'maker');
    mkdirSync(maker);
    writeFileSync(join(maker, 'file'), 'arrived');
    attack(maker, target);
    const parts = new Map([['system.tar', readFileSync(join(maker, 'a.tar'))]]);
    rmSync(maker, { recursive: true });
    const places = { ...nothing, systemFolder: join(folder, 'shop') };
    expect(await restoreOwn(sourceOf(parts), places, never)).toMatchObject({
      ok: false,
      error: { code: 'backup_part_unsafe', facts: { part: 'system.tar' } },
    });
    expect(readdirSync(folder, { recursive: true })).toEqual(['target']);
  });

  test.each([
    ['a', 'b', false],
    ['a', '../b', true],
    ['d/a', '../b', false],
    ['d/a', '../../b', true],
    ['d/a', 'x/../../..', true],
    ['a', '/etc', true],
    ['a', '..b', false],
    ['a/b/c', '../../d', false],
    ['a', 'b/../c', true], // b may be a link to a folder whose parent is elsewhere
  ])('%s → %s: %s', (link, target, out) => {
    expect(leadsOut(link, target)).toBe(out);
  });
});

describe('a copy of the journal', () => {
  test('opens and verifies, made while another process writes', async () => {
    const folder = temporary();
    const file = join(folder, 'journal.sqlite');
    const program = join(import.meta.dirname, '..', '..', 'store', 'sqlite-writer.fixture.ts');
    const writer = spawn(process.execPath, [program, file, 'w', '1000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void writer.kill('SIGKILL'));
    let acknowledged = 0;
    writer.stdout.on('data', (text: Buffer) => {
      acknowledged += text.toString().split('\n').length - 1;
    });
    while (acknowledged < 300) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let turn = 0; turn < 5; turn += 1) {
      const before = acknowledged;
      const copy = join(folder, `copy-${turn}.sqlite`);
      valueOf(await copyJournal(file, copy));
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      expect(existsSync(`${copy}-wal`)).toBe(false);
      const store = valueOf(await openSqliteStore(copy, { clock }));
      expect((await store.last('shared'))?.sequence).toBeGreaterThanOrEqual(before);
      expect(await store.verify('shared')).toBeNull();
      await store.close();
    }
    const then = acknowledged;
    while (acknowledged < then + 10) await new Promise((resolve) => setTimeout(resolve, 5)); // it was not held up
  });

  test('is not put over a file, and needs a journal', async () => {
    const folder = temporary();
    const [file, copy] = [join(folder, 'journal.sqlite'), join(folder, 'copy.sqlite')];
    const failed = { ok: false, error: { code: 'store_copy_failed', facts: { store: 'fairway' } } };
    expect(await copyJournal(file, copy)).toMatchObject(failed);
    expect(existsSync(copy)).toBe(false);
    await valueOf(await openSqliteStore(file, { clock })).close();
    writeFileSync(copy, 'mine');
    expect(await copyJournal(file, copy)).toMatchObject(failed);
    expect(readFileSync(copy, 'utf8')).toBe('mine');
  });
});
