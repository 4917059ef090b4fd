import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Clock, days, hours, type Instant, instant, type Millis, seededRandom } from '#kernel';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import type { RecoveryKey } from './repository/contract.ts';
import { openFolderDepot } from './repository/folder-depot.ts';
import { openRepository } from './repository/repository.ts';
import {
  changeFile,
  codeIn,
  failureOf,
  inPieces,
  makeKey,
  makeTempFolder,
  never,
  readAll,
  someBytes,
  valueIn,
} from './repository/testing/place.ts';

let key: RecoveryKey;
beforeAll(async () => {
  key = await makeKey();
});

const START = instant(Date.UTC(2026, 10, 22, 1, 30));

async function makeSite() {
  const place = await makeTempFolder();
  let now: Instant = START;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  const repository = openRepository(openFolderDepot({ root: place }), key);
  const open = () =>
    openCatalogue({
      ...{ repository, system: 'shop', environment: { name: 'production' }, clock },
      random: seededRandom(7),
    });
  return {
    catalogue: open(),
    /** Another process that looks at the same place. */
    reopened: open,
    root: join(place, 'shop/production'),
    pass: (wait: Millis) => (now = instant(now + wait)),
  };
}

const FACTS = { from: START, until: START, bytes: 12, detail: { version: '18.4' } };
const CONTENT = { 'base.tar': someBytes(200_000), backup_manifest: someBytes(500) };

async function makeCopy(catalogue: Catalogue, of = 'orders') {
  const copy = catalogue.newCopy({ of, kind: 'postgres', why: 'asked', signal: never });
  for (const [name, bytes] of Object.entries(CONTENT)) {
    valueIn(await copy.sink(name, inPieces(bytes, 10_000)));
  }
  return { copy, record: valueIn(await copy.finish(FACTS)) };
}

const copiesOf = async (catalogue: Catalogue) => valueIn(await catalogue.copies(never)).map(({ id }) => id);

describe('a copy', () => {
  it('is found again as it was recorded, and gives back its parts', async () => {
    const { catalogue, reopened, root } = await makeSite();
    const { record } = await makeCopy(catalogue);
    expect(record).toMatchObject({ system: 'shop', environment: 'production', of: 'orders', ...FACTS });
    expect(record.id).toMatch(/^20261122T013000Z-[0-9a-f]{4}$/);
    expect((await readdir(join(root, 'copies/orders', record.id))).sort()).toEqual([
      'backup_manifest.zst.age',
      'base.tar.zst.age',
      'copy.json',
    ]);
    const found = valueIn(await reopened().survey('orders', never));
    expect(found).toEqual({ copies: [record], findings: [] });
    expect(valueIn(await catalogue.survey('other', never)).copies).toEqual([]);
    const source = catalogue.source(record, [], never);
    expect(source.parts).toEqual(['base.tar', 'backup_manifest']);
    expect(source.facts).toEqual(FACTS);
    for (const [name, bytes] of Object.entries(CONTENT)) {
      expect((await readAll(source.part(name))).equals(bytes)).toBe(true);
    }
  });

  it('does not count before it is finished', async () => {
    const { catalogue, root } = await makeSite();
    const copy = catalogue.newCopy({ of: 'orders', kind: 'postgres', why: 'asked', signal: never });
    valueIn(await copy.sink('base.tar', inPieces(someBytes(10), 5)));
    expect(await copiesOf(catalogue)).toEqual([]);
    valueIn(await copy.discard());
    expect(await readdir(join(root, 'copies/orders', copy.id))).toEqual([]);
  });

  it('whose record is damaged is a finding, and the others are still found', async () => {
    const { catalogue, root } = await makeSite();
    const { record: good } = await makeCopy(catalogue);
    const { record: bad } = await makeCopy(catalogue);
    await changeFile(join(root, 'copies/orders', bad.id, 'copy.json'), (bytes) => bytes.subarray(0, 100));
    const { copies, findings } = valueIn(await catalogue.survey(null, never));
    expect(copies).toEqual([good]);
    const path = `shop/production/copies/orders/${bad.id}/copy.json`;
    expect(findings).toMatchObject([{ code: 'backup_document_damaged', facts: { path } }]);
  });

  it('whose record is that of another copy, or of something else, is a finding', async () => {
    const { catalogue, root } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const { record: other } = await makeCopy(catalogue);
    const hold = valueIn(await catalogue.holds.add({ of: 'a', copy: null, reason: 'r', by: 'b' }, never));
    const hiding = await readFile(join(root, 'holds', `${hold.id}.json`));
    const copied = await readFile(join(root, 'copies/orders', other.id, 'copy.json'));
    for (const text of [hiding, copied]) {
      await changeFile(join(root, 'copies/orders', record.id, 'copy.json'), () => text);
      const { copies, findings } = valueIn(await catalogue.survey(null, never));
      expect(copies).toEqual([other]);
      expect(findings.map(({ code }) => code)).toEqual(['backup_document_damaged']);
    }
  });

  it.each(['gone', 'short'])('with a part that is %s is a finding', async (how) => {
    const { catalogue, root } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const file = join(root, 'copies/orders', record.id, 'base.tar.zst.age');
    if (how === 'gone') await rm(file);
    else await changeFile(file, (bytes) => bytes.subarray(1));
    const { copies, findings } = valueIn(await catalogue.survey('orders', never));
    expect(copies).toEqual([]);
    expect(findings).toMatchObject([
      { code: 'backup_copy_incomplete', facts: { of: 'orders', copy: record.id, part: 'base.tar' } },
    ]);
  });

  it('is removed as a whole, and others are left', async () => {
    const { catalogue, root } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const { record: other } = await makeCopy(catalogue);
    valueIn(await catalogue.removeCopy(record, never));
    valueIn(await catalogue.removeCopy(record, never));
    expect(await copiesOf(catalogue)).toEqual([other.id]);
    expect(await readdir(join(root, 'copies/orders', record.id))).toEqual([]);
  });

  it('that was never finished is swept a day later, unless it is still being made', async () => {
    const { catalogue, reopened, pass } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const half = catalogue.newCopy({ of: 'orders', kind: 'postgres', why: 'asked', signal: never });
    valueIn(await half.sink('base.tar', inPieces(someBytes(10), 5)));
    pass(hours(23));
    expect(valueIn(await reopened().sweep(never))).toEqual([]);
    pass(hours(2));
    expect(valueIn(await catalogue.sweep(never))).toEqual([]);
    expect(valueIn(await reopened().sweep(never))).toEqual([{ of: 'orders', id: half.id }]);
    expect(valueIn(await reopened().sweep(never))).toEqual([]);
    pass(days(1000));
    expect(valueIn(await reopened().sweep(never))).toEqual([]);
    expect(await copiesOf(catalogue)).toEqual([record.id]);
  });

  it('is not swept because of files that are nobody’s', async () => {
    const { catalogue, root } = await makeSite();
    await mkdir(join(root, 'copies/orders/notes'), { recursive: true });
    await writeFile(join(root, 'copies/orders/notes/read.me'), 'x');
    expect(valueIn(await catalogue.sweep(never))).toEqual([]);
    expect(await copiesOf(catalogue)).toEqual([]);
  });
});

describe('the log', () => {
  const NAME = '000000010000000000000002';
  const PIECE = someBytes(300_000);
  const add = (catalogue: Catalogue, bytes: Uint8Array = PIECE, name = NAME) =>
    catalogue.addPiece('orders', name, inPieces(bytes, 50_000), never);

  it('keeps each piece under a name that is its record', async () => {
    const { catalogue, reopened, root } = await makeSite();
    const record = valueIn(await add(catalogue));
    expect(record).toMatchObject({ of: 'orders', name: NAME, at: START });
    const [file] = await readdir(join(root, 'log/orders'));
    expect(file).toBe(`${NAME}.20261122T013000Z.${record.stored}.${record.sha256}.zst.age`);
    const found = valueIn(await reopened().log('orders', never));
    expect(found).toEqual([record]);
    expect((await readAll(catalogue.readPiece(record, never))).equals(PIECE)).toBe(true);
  });

  it('finds a piece again that is put a second time', async () => {
    const { catalogue, root, pass } = await makeSite();
    const first = valueIn(await add(catalogue));
    pass(hours(1));
    expect(valueIn(await add(catalogue))).toEqual(first);
    expect(await readdir(join(root, 'log/orders'))).toHaveLength(1);
  });

  it.each([
    ['other', someBytes(300_000)],
    ['shorter', PIECE.subarray(1)],
    ['longer', Buffer.concat([PIECE, PIECE])],
  ])('refuses a piece of the same name with %s content, and keeps the first', async (_how, bytes) => {
    const { catalogue } = await makeSite();
    const first = valueIn(await add(catalogue));
    expect(await add(catalogue, bytes)).toMatchObject({
      error: { code: 'backup_log_differs', facts: { of: 'orders', name: NAME } },
    });
    expect(valueIn(await catalogue.log('orders', never))).toEqual([first]);
  });

  it('takes names that begin with another one for what they are', async () => {
    const { catalogue } = await makeSite();
    const names = [`${NAME}.partial`, NAME, `${NAME}.00000028.backup`, '00000002.history'];
    for (const name of names) valueIn(await add(catalogue, Buffer.from(name), name));
    const log = valueIn(await catalogue.log('orders', never));
    expect(log.map(({ name }) => name)).toEqual([...names].sort());
    const { record } = await makeCopy(catalogue);
    const source = catalogue.source(record, log, never);
    expect(source.log).toEqual([...names].sort());
    for (const name of names) expect((await readAll(source.piece(name))).toString()).toBe(name);
  });

  it('puts a piece in the place of one that was damaged', async () => {
    const { catalogue, root } = await makeSite();
    for (const damage of [(bytes: Buffer) => bytes.fill(0, 200, 300), (bytes: Buffer) => bytes.subarray(9)]) {
      valueIn(await add(catalogue));
      const [file = ''] = await readdir(join(root, 'log/orders'));
      await changeFile(join(root, 'log/orders', file), damage);
      const again = valueIn(await add(catalogue));
      expect(await readdir(join(root, 'log/orders'))).toHaveLength(1);
      expect((await readAll(catalogue.readPiece(again, never))).equals(PIECE)).toBe(true);
      valueIn(await catalogue.removePiece(again, never));
    }
  });

  it('does not count a piece that is shorter than its name says', async () => {
    const { catalogue, root } = await makeSite();
    valueIn(await add(catalogue));
    const [file = ''] = await readdir(join(root, 'log/orders'));
    await changeFile(join(root, 'log/orders', file), (bytes) => bytes.subarray(0, 1_000));
    expect(valueIn(await catalogue.log('orders', never))).toEqual([]);
  });

  it('names a piece that is damaged when it is read', async () => {
    const { catalogue, root } = await makeSite();
    const record = valueIn(await add(catalogue));
    const [file = ''] = await readdir(join(root, 'log/orders'));
    await changeFile(join(root, 'log/orders', file), (bytes) => bytes.fill(0, 200, 300));
    expect(await failureOf(catalogue.readPiece(record, never))).toMatchObject({
      code: 'backup_part_damaged',
      facts: { path: `shop/production/log/orders/${file}` },
    });
  });

  it('loses a piece only when it is removed', async () => {
    const { catalogue } = await makeSite();
    const record = valueIn(await add(catalogue));
    const other = valueIn(await add(catalogue, PIECE, '000000010000000000000003'));
    valueIn(await catalogue.removePiece(record, never));
    expect(valueIn(await catalogue.log('orders', never))).toEqual([other]);
  });
});

describe('a hold', () => {
  it('is kept until it is released', async () => {
    const { catalogue, reopened } = await makeSite();
    const hold = valueIn(
      await catalogue.holds.add({ of: 'orders', copy: null, reason: 'a lawsuit', by: 'ann' }, never),
    );
    expect(hold).toMatchObject({ of: 'orders', copy: null, reason: 'a lawsuit', by: 'ann', at: START });
    expect(valueIn(await reopened().holds.list(never))).toEqual([hold]);
    valueIn(await catalogue.holds.release(hold.id, never));
    valueIn(await catalogue.holds.release(hold.id, never));
    expect(valueIn(await catalogue.holds.list(never))).toEqual([]);
  });

  it.each(['that copy', 'every copy'])('on %s keeps it from being removed', async (which) => {
    const { catalogue } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const { record: other } = await makeCopy(catalogue);
    const copy = which === 'that copy' ? record.id : null;
    const hold = valueIn(await catalogue.holds.add({ of: 'orders', copy, reason: 'r', by: 'ann' }, never));
    expect(await catalogue.removeCopy(record, never)).toMatchObject({
      error: { code: 'backup_held', facts: { copy: record.id, by: 'ann' } },
    });
    expect(codeIn(await catalogue.removeCopy(other, never))).toBe(copy === null ? 'backup_held' : 'ok');
    valueIn(await catalogue.holds.release(hold.id, never));
    expect(codeIn(await catalogue.removeCopy(record, never))).toBe('ok');
  });

  it('that is damaged keeps everything', async () => {
    const { catalogue, root } = await makeSite();
    const { record } = await makeCopy(catalogue);
    const hold = valueIn(await catalogue.holds.add({ of: 'x', copy: null, reason: 'r', by: 'ann' }, never));
    await changeFile(join(root, 'holds', `${hold.id}.json`), (bytes) => bytes.subarray(1));
    expect(codeIn(await catalogue.holds.list(never))).toBe('backup_document_damaged');
    expect(codeIn(await catalogue.removeCopy(record, never))).toBe('backup_document_damaged');
    expect(await copiesOf(catalogue)).toEqual([record.id]);
  });
});
