import { existsSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreSpec } from '#core/system';
import type { StoreCopies, Target, TargetRecovery } from '#ports';
import { createEmbeddedStore } from '#stores';
import { context, createWorld, environment, value, type World } from './testing/world.ts';

const LONG = 120_000;
const never = new AbortController().signal;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.end());

const db: StoreSpec = { kind: 'postgres', name: 'db', version: null, database: 'shop' };
const copies = (): StoreCopies => {
  throw new Error('this test copies nothing');
};

/** A target with a side store that runs. */
async function withSide() {
  const target = world.target({ stores: createEmbeddedStore, copies });
  value(await target.open(environment([], { stores: [db] }), context()));
  const recovery = recoveryOf(target);
  const folder = join(value(await recovery.workFolder()), 'sides', 'one', 'db');
  value(await recovery.startSide(db, folder, never));
  const home = realpathSync(join(folder, 'home')); // may lie elsewhere, where its server can get to it
  expect(serversIn(home)).not.toEqual([]);
  return { target, recovery, folder, home };
}

function recoveryOf(target: Target): TargetRecovery {
  if (target.recovery === undefined) throw new Error('it offers no recovery');
  return target.recovery;
}

/** Processes that work below a folder. */
function serversIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder + sep);
    } catch {
      return false;
    }
  });
}

describe('a side store', () => {
  test(
    'ends with its environment and keeps its data; with erase they go too',
    async () => {
      const { target, recovery, folder, home } = await withSide();
      value(await target.close({ erase: false }, context()));
      expect(serversIn(home)).toEqual([]);
      expect(existsSync(join(folder, 'home', 'data', 'PG_VERSION'))).toBe(true);

      value(await target.open(environment([], { stores: [db] }), context()));
      value(await recovery.startSide(db, folder, never));
      value(await target.close({ erase: true }, context()));
      expect(serversIn(home)).toEqual([]);
      expect([existsSync(join(folder, '..')), existsSync(home)]).toEqual([false, false]);
    },
    LONG,
  );

  test(
    'whose control plane died before it was noted is ended by the next one, as a restore that was killed is',
    async () => {
      const { target, folder, home } = await withSide();
      await target.release();
      await rm(join(folder, 'state.json'));
      const next = world.target({ stores: createEmbeddedStore, copies });
      try {
        value(await recoveryOf(next).eraseSide(db, folder, never));
        expect(serversIn(home)).toEqual([]);
        expect([existsSync(folder), existsSync(home)]).toEqual([false, false]);
      } finally {
        value(await next.close({ erase: true }, context()));
      }
    },
    LONG,
  );
});
