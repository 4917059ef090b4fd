import { afterEach, expect, test } from 'vitest';
import { aGate, aPolicy, aService } from '#core/release/fixture';
import type { Check } from '#core/system';
import { instant, minutes, seconds } from '#kernel';
import { anEnvironment, atOnce, aViewsBench, stopEngines, value } from './bench.fixture.ts';

afterEach(stopEngines);

const mail: Check = {
  name: 'mail',
  run: { kind: 'command', folder: 'checks', include: [], command: ['node', 'mail.ts'] },
  secrets: [],
  needs: [],
  every: seconds(10),
  timeout: seconds(10),
};

test('what runs is shown as it was declared for it; what is down, as it is declared now', async () => {
  const bench = aViewsBench([anEnvironment('dev', { flags: { dark: true } })]);
  await bench.up('dev');
  bench.folder.declared = [anEnvironment('dev', { flags: { dark: false }, services: [] })];
  await bench.clock.sleep(minutes(1));
  expect(value(await bench.views.system('dev')).services.map(({ name }) => name)).toEqual(['edge']);
  expect(value(await bench.views.flags('dev'))).toMatchObject([{ name: 'dark', value: true }]);
  value(await bench.engine.down('dev', { by: 'ann', note: '', erase: false }));
  await bench.settled('dev');
  expect(value(await bench.views.system('dev')).services).toEqual([]);
  expect(value(await bench.views.flags('dev'))).toMatchObject([{ name: 'dark', value: false }]);
});

test('an environment that is still up is shown where it is declared no more', async () => {
  const bench = aViewsBench([anEnvironment('dev'), anEnvironment('old')]);
  await bench.up('old');
  bench.folder.declared = [anEnvironment('dev')];
  await bench.clock.sleep(minutes(1));
  expect(value(await bench.views.system('old'))).toMatchObject({ environment: 'old' });
});

test('two releases are compared as they were made', async () => {
  const bench = aViewsBench([anEnvironment('dev')]);
  await bench.up('dev');
  await bench.release(
    anEnvironment('dev', { services: [aService('edge', { strategy: atOnce, env: { A: '1' } })] }),
  );
  expect(value(await bench.views.compare('dev', 1, 2))).toMatchObject({
    from: 1,
    to: 2,
    services: [{ name: 'edge', change: 'changed', differences: ['the variable A is new: "1"'] }],
  });
  expect(await bench.views.compare('dev', 1, 9)).toMatchObject({
    error: { code: 'release_unknown', facts: { environment: 'dev', release: 9 } },
  });
});

test('a check shows what the gate of the last rollout heard, and what a later probe said', async () => {
  const release = { ...aPolicy, watch: minutes(1), gate: { ...aGate, checks: ['mail'] } };
  const bench = aViewsBench([anEnvironment('dev', { checks: [mail], release })]);
  await bench.up('dev');
  const last = async () => value(await bench.views.checks('dev'))[0]?.last;
  await bench.release(
    anEnvironment('dev', {
      checks: [mail],
      release,
      services: [aService('edge', { strategy: atOnce, env: { A: '1' } })],
    }),
  );
  expect(await last()).toMatchObject({ green: true, detail: 'measured', took: null });
  const at = instant(bench.clock.now() + 1);
  bench.views.rememberProbe('dev', [{ name: 'mail', green: false, detail: 'no answer', tookMillis: 7 }], at);
  expect(await last()).toEqual({ at, green: false, detail: 'no answer', took: 7 });
});

test('an environment that nobody has declared is not known', async () => {
  const { views, opened } = aViewsBench([anEnvironment('dev'), anEnvironment('staging')]);
  const unknown = {
    error: { code: 'environment_unknown', facts: { environment: 'other', environments: 'dev, staging' } },
  };
  expect(await views.system('other')).toMatchObject(unknown);
  expect(await views.compare('other', 1, 2)).toMatchObject(unknown);
  expect(await views.checks('other')).toMatchObject(unknown);
  expect(await views.flags('other')).toMatchObject(unknown);
  expect(opened).toEqual([]);
});
