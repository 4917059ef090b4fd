import { afterEach, beforeEach, expect, test } from 'vitest';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createEmbeddedStore } from '#stores';
import type { StoreSpec } from '#core/system';
import {
  allReady,
  context,
  createWorld,
  environment,
  service,
  until,
  untilReplicas,
  value,
  webProgram,
  type World,
} from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.write('services/web/main.mjs', webProgram);
});
afterEach(() => world.end());

const files: StoreSpec = {
  kind: 'bucket',
  name: 'files',
  bucket: 'files',
  versioning: false,
  expireAfter: null,
};

test('a store is started, reached by those who need it, found again, and erased at the end', async () => {
  const web = service('web', { needs: ['files'] });
  const declared = environment([web, service('other')], { stores: [files] });
  const first = world.target({ stores: createEmbeddedStore });
  value(await first.open(declared, context()));
  let endpoint = '';
  try {
    const revision = value(await first.build(web, world.folder, context()));
    value(await first.ensureReplicas({ revision, count: 1 }, context()));
    const [replica] = await untilReplicas(first, allReady(1));
    const seen = await (await fetch(`http://127.0.0.1:${replica?.port}/env`)).json();
    expect(seen).toMatchObject({ S3_BUCKET: 'files', FILES_BUCKET: 'files' });
    const { S3_ENDPOINT, S3_SECRET_ACCESS_KEY } = seen as Record<string, string>;
    expect(S3_SECRET_ACCESS_KEY).toMatch(/./);
    const [store] = (await first.observe()).stores;
    expect(store).toMatchObject({ store: 'files', kind: 'bucket', state: 'ready', detail: null });
    expect(JSON.stringify(store)).not.toContain(S3_SECRET_ACCESS_KEY);

    await first.release();
    const second = world.target({ stores: createEmbeddedStore });
    value(await second.open(declared, context()));
    const after = await until(async () => (await second.observe()).stores[0]);
    expect(after).toMatchObject({ state: 'ready', address: store?.address });
    endpoint = String(S3_ENDPOINT);
    expect((await fetch(endpoint)).status).toBeGreaterThan(0);
  } finally {
    value(await world.target({ stores: createEmbeddedStore }).close({ erase: true }, context()));
  }
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
  await expect(access(join(world.folder, '.fairway/dev/stores/files'))).rejects.toThrow('ENOENT');
});
