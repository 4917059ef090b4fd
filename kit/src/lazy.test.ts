import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url);
    if (found !== null) packages.add(found[1]);
    return next(url, context);
  },
});
const kit = await import(process.env.KIT);
if (process.env.USE) {
  const tracing = kit.createTracing({ service: 'test', endpoint: 'http://127.0.0.1:1' });
  await tracing.ready;
  await kit.createFlags({ url: 'http://127.0.0.1:1', env: {} }).boolean('a', false);
}
process.stdout.write(JSON.stringify([...packages]));
`;

async function packagesOf(env: Record<string, string>): Promise<string[]> {
  const variables = { ...process.env, KIT: join(import.meta.dirname, 'index.ts'), ...env };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: variables,
    timeout: 20_000,
  });
  return JSON.parse(stdout) as string[];
}

const heavy = [
  ['@opentelemetry/sdk-trace', '@opentelemetry/exporter-trace-otlp-http', '@openfeature/ofrep-provider'],
  ['pg', 'ioredis', 'hono', 'fastify'],
] as const;

test('OTLP and OFREP are loaded when there is an address for them, and not before; stores only by their doors', async () => {
  const before = await packagesOf({});
  expect(before).toContain('cockatiel'); // it does see what is loaded
  expect(before.filter((name) => heavy.flat().some((each) => each === name))).toEqual([]);
  const used = await packagesOf({ USE: 'yes' });
  expect(used).toEqual(expect.arrayContaining([...heavy[0]]));
});
