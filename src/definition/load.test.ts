import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeFinding, loadDefinition } from '#definition';
import { type Clock, type Instant, instant, type Millis } from '#kernel';

let root = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fairway-definition-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const never = new AbortController().signal;

/** Waits as long as asked, or so much shorter. */
function clock(faster = 1): Clock {
  return {
    now: (): Instant => instant(Date.now()),
    sleep: (wait: Millis, signal?: AbortSignal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, wait / faster);
        const end = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal?.aborted === true) end();
        signal?.addEventListener('abort', end, { once: true });
      }),
  };
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  made += 1;
  const folder = join(root, String(made));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** The lines that are told of a folder with these files, without the folder and without notes. */
async function told(files: Readonly<Record<string, string>>, options = { clock: clock(), signal: never }) {
  const folder = await folderWith(files);
  const loaded = await loadDefinition(folder, options);
  const findings = loaded.ok ? loaded.value.findings : loaded.error;
  return findings
    .filter(({ severity, code }) => severity !== 'note' && code !== 'definition_folder_missing')
    .map((finding) => describeFinding(finding).replaceAll(`${folder}/`, '').replaceAll(folder, '.'));
}

const script = `import { defineSystem } from 'fairway';

const probes = { ready: '/readyz' };
const jobs = { folder: 'jobs', command: ['node', 'main.ts'], replica: 2, probes };
const shared = { stores: { db: { kind: 'postgres', databse: 'x' } } };

export default defineSystem({
  name: 'shop',
  ...shared,
  services: {
    web: {
      folder: '../web',
      command: ['node', 'main.ts'],
      needs: ['jobs', 'quue'],
      probes: { ready: { path: '/readyz', interval: '30 minuts' } },
    },
    jobs,
    ['mail']: { folder: 'mail' },
  },
  release: { keepOld: \`\${30}\` },
  environments: {
    dev: { target: 'local', services: { web: { replicas: -1 } } },
  },
} satisfies object);
`;

const yaml = `name: shop
services:
  web: &web
    folder: ../web
    command: [node, main.ts]
    needs: [quue]
    probes: { ready: /readyz }
    replica: 2
  admin:
    <<: *web
    folder: admin
release:
  keepOld: 30 minuts
  canary:
    steps:
      - { weight: 10%, hold: 1m }
      - { weight: 5%, hold: 1m, gat: true }
environments:
  dev:
    target: local
    services: { web: { port: 0 } }
  prod: { }
`;

const when = 'write a number and a unit: ms, s, m, h, d ("30s", "1h30m")';

describe('every finding has its place', () => {
  test('in TypeScript, through constants and spreads', async () => {
    expect(await told({ 'fairway.config.ts': script })).toEqual([
      `fairway.config.ts:4:62  definition_unknown_field  "replica" is no field of services.jobs.  did you mean "replicas"?`,
      `fairway.config.ts:5:52  definition_unknown_field  "databse" is no field of stores.db.  did you mean "database"?`,
      `fairway.config.ts:15:53  definition_bad_unit  services.web.probes.ready.interval is no length of time. Received: "30 minuts".  ${when}`,
      `fairway.config.ts:20:23  definition_bad_unit  release.keepOld is no length of time. Received: "30".  ${when}`,
      `fairway.config.ts:22:58  definition_bad_value  services.web.replicas is too small or too short. Received: -1.  write 0 or more`,
    ]);
  });

  test('in YAML, with aliases', async () => {
    expect(await told({ 'fairway.config.yaml': yaml })).toEqual([
      'fairway.config.yaml:8:5  definition_unknown_field  "replica" is no field of services.web.  did you mean "replicas"?',
      'fairway.config.yaml:9:3  definition_unknown_field  "replica" is no field of services.admin.  did you mean "replicas"?',
      `fairway.config.yaml:13:12  definition_bad_unit  release.keepOld is no length of time. Received: "30 minuts".  ${when}`,
      'fairway.config.yaml:17:33  definition_unknown_field  "gat" is no field of release.canary.steps[1].  did you mean "gate"?',
      'fairway.config.yaml:21:30  definition_bad_value  services.web.port is too small or too short. Received: 0.  write a port from 1 to 65535',
      'fairway.config.yaml:22:3  definition_missing_field  environments.prod lacks "target".  write one of "local", "docker", "kubernetes", "simulated"',
    ]);
  });

  test('and what does not fit together too', async () => {
    const text = `
name: shop
services:
  web: { folder: ../web, command: [node], needs: [quue], probes: { ready: / } }
stores:
  queue: { kind: redis }
release: { canary: { steps: [{ weight: 10%, hold: 1m }, { weight: 5%, hold: 1m }] } }
environments: { dev: { target: local } }
`;
    expect(await told({ 'fairway.config.yml': text })).toEqual([
      'fairway.config.yml:4:18  definition_path_outside  services.web.folder leads out of the folder of the system. Received: "../web".  write a path below the folder of the system, with / between its parts',
      'fairway.config.yml:4:51  definition_unknown_reference  services.web.needs[0] names "quue", which is not among the services and stores.  did you mean "queue"?',
      'fairway.config.yml:7:67  definition_weights_not_rising  release.canary.steps[1].weight is not above the 10% before it. Received: "5%".  write steps with rising weights, up to 100%',
    ]);
  });
});

describe('a file that is not even data is told where', () => {
  test.each([
    [
      'no file',
      {},
      [
        '.:1:1  definition_not_found  The folder . cannot be read: it does not exist.  name the folder of a system',
      ],
    ],
    [
      'a file of another name',
      { 'fairway.yaml': '' },
      [
        '.:1:1  definition_not_found  The folder . has no fairway.config file.  rename fairway.yaml to fairway.config.yaml, as one of .ts, .mts, .js, .mjs, .yaml, .yml, .json',
      ],
    ],
    [
      'two files',
      { 'fairway.config.ts': '', 'fairway.config.yaml': '' },
      [
        'fairway.config.yaml:1:1  definition_ambiguous  The folder has fairway.config.ts and fairway.config.yaml: which one counts?  keep one of them',
      ],
    ],
    [
      'too large a file',
      { 'fairway.config.yaml': `# ${'x'.repeat(1_048_576)}` },
      [
        'fairway.config.yaml:1:1  definition_too_large  The file has 1048578 bytes; a definition may have 1048576.',
      ],
    ],
    [
      'nothing in it',
      { 'fairway.config.yaml': '' },
      [
        'fairway.config.yaml:1:1  definition_wrong_type  A definition must be an object with fields. Received: null.  write { name: "…", services: { … }, environments: { … } }',
      ],
    ],
    [
      'a tab in YAML',
      { 'fairway.config.yaml': 'name: shop\nservices:\n\tweb: 1\n' },
      [
        'fairway.config.yaml:3:1  definition_syntax  A tab indents this line; YAML knows only spaces.  write spaces instead of the tab',
      ],
    ],
    [
      'a name twice in YAML',
      { 'fairway.config.yaml': 'name: a\nname: b\n' },
      [
        'fairway.config.yaml:2:1  definition_syntax  The same name stands here a second time.  keep one of them',
      ],
    ],
    [
      'two documents',
      { 'fairway.config.yaml': 'name: a\n---\nname: b\n' },
      [
        'fairway.config.yaml:2:1  definition_syntax  The file has more than one document.  remove the line --- and what follows it',
      ],
    ],
    [
      'bad JSON',
      { 'fairway.config.json': '{\n  "name": "a",\n}' },
      [
        'fairway.config.json:3:1  definition_syntax  This is no valid JSON: Expected double-quoted property name.',
      ],
    ],
    [
      'JSON that ends too early',
      { 'fairway.config.json': '{ "name": "a"' },
      [
        "fairway.config.json:1:14  definition_syntax  This is no valid JSON: Expected ',' or '}' after property value.",
      ],
    ],
    [
      'a name twice in JSON',
      { 'fairway.config.json': '{ "name": "a", "name": "b" }' },
      [
        'fairway.config.json:1:16  definition_syntax  The same name stands here a second time.  keep one of them',
      ],
    ],
    [
      'bad TypeScript',
      { 'fairway.config.ts': 'const a: string = "x";\nexport default { name: a,, };\n' },
      [
        expect.stringMatching(
          /^fairway\.config\.ts:2:26 {2}definition_syntax {2}The file cannot be read as a program: Unexpected token `,`/,
        ),
      ],
    ],
    [
      'bad JavaScript',
      { 'fairway.config.mjs': 'export default {\n  name: ,\n};\n' },
      [
        "fairway.config.mjs:2:9  definition_syntax  The file cannot be read as a program: Unexpected token ','.",
      ],
    ],
    [
      'an error that is thrown',
      {
        'fairway.config.ts':
          "const wanted: string[] = [];\n\nif (wanted.length === 0) throw new Error('no services\\nat all');\nexport default {};\n",
      },
      ['fairway.config.ts:3:32  definition_threw  The file threw an error: no services.'],
    ],
    [
      'an error in another file',
      {
        'fairway.config.ts': "import { services } from './lib/services.ts';\nexport default { services };\n",
        'lib/services.ts': "\nexport const services = JSON.parse('{');\n",
      },
      [
        expect.stringMatching(
          /^lib\/services\.ts:2:30 {2}definition_threw {2}The file threw an error: Expected property name/,
        ),
      ],
    ],
    [
      'a file that is not there',
      {
        'fairway.config.ts':
          "import { a } from 'fairway';\nimport { b } from './lib/nothing.ts';\nexport default { a, b };\n",
      },
      [
        expect.stringMatching(
          /^fairway\.config\.ts:2:19 {2}definition_threw {2}Cannot find module '.*nothing\.ts'\. {2}check the name/,
        ),
      ],
    ],
    [
      'something thrown that is no error',
      { 'fairway.config.mjs': "throw 'stop';\n" },
      ['fairway.config.mjs:1:1  definition_threw  The file threw an error: stop.'],
    ],
    [
      'no default export',
      { 'fairway.config.ts': 'export const system = {};\n' },
      [
        'fairway.config.ts:1:1  definition_no_export  The file has no default export.  write export default defineSystem({ … })',
      ],
    ],
    [
      'an end of the process',
      { 'fairway.config.mjs': 'process.exit(3);\n' },
      [
        'fairway.config.mjs:1:1  definition_exited  The program that ran the file ended before the definition was there (exit code 3).  a definition must not end the process',
      ],
    ],
    [
      'a function among the data',
      { 'fairway.config.mjs': 'export default {\n  name: () => 1,\n};\n' },
      [
        'fairway.config.mjs:2:9  definition_not_data  name is a function.  write texts, numbers, true, false, lists and objects only',
      ],
    ],
    [
      'a promise among the data',
      { 'fairway.config.mjs': 'export default { name: Promise.resolve(1) };\n' },
      [
        'fairway.config.mjs:1:24  definition_not_data  name is a promise.  write texts, numbers, true, false, lists and objects only',
      ],
    ],
    [
      'a program that wants to write',
      {
        'fairway.config.mjs':
          "import { writeFileSync } from 'node:fs';\nwriteFileSync('x', '');\nexport default {};\n",
      },
      [
        'fairway.config.mjs:2:1  definition_threw  The file does what a definition may not do.  a definition may read files, but not write any, start programs or load native code',
      ],
    ],
  ])('%s', async (_, files, expected) => {
    expect(await told(files)).toEqual(expected);
  });

  test('a file that never comes to an end', async () => {
    expect(await told({ 'fairway.config.mjs': 'for (;;);\n' }, { clock: clock(20), signal: never })).toEqual([
      'fairway.config.mjs:1:1  definition_timeout  The file was still running after 10s.',
    ]);
  });

  test('a reader that is called off', async () => {
    const signal = AbortSignal.abort();
    expect(await told({ 'fairway.config.mjs': 'for (;;);\n' }, { clock: clock(), signal })).toEqual([
      'fairway.config.mjs:1:1  definition_cancelled  Reading was cancelled.',
    ]);
  });
});

describe('a definition that is a program', () => {
  test('is run anew each time, hears nothing of our variables and prints nowhere', async () => {
    const folder = await folderWith({
      'web/main.ts': '',
      'name.json': '"first"',
      'fairway.config.ts': `
        import { readFileSync } from 'node:fs';
        import { defineSystem } from 'fairway';
        console.log('printed'); console.error('printed');
        setInterval(() => {}, 1_000);
        const name: string = JSON.parse(readFileSync(new URL('./name.json', import.meta.url), 'utf8'));
        export default Promise.resolve(defineSystem({
          name,
          description: String(process.env['HOME'] ?? 'nothing'),
          services: { web: { folder: 'web', command: ['node', 'main.ts'], probes: { ready: '/' } } },
          environments: { dev: { target: 'local' } },
        }));`,
    });
    const options = { clock: clock(), signal: never };
    const first = await loadDefinition(folder, options);
    await writeFile(join(folder, 'name.json'), '"second"');
    const second = await loadDefinition(folder, options);
    expect(first).toMatchObject({
      ok: true,
      value: { system: { name: 'first', description: 'nothing' }, findings: [] },
    });
    expect(second).toMatchObject({ ok: true, value: { system: { name: 'second' } } });
  });

  test('may be plain JavaScript that imports nothing', async () => {
    const lines = await told({
      'fairway.config.js':
        "export default { name: 'a', stores: { db: { kind: 'redis' } }, environments: { dev: { target: 'local' } } };\n",
    });
    expect(lines).toEqual([]);
  });
});

test('folders that are declared and missing are told once each', async () => {
  const folder = await folderWith({
    'web/main.ts': '',
    'fairway.config.yaml':
      'name: a\nservices:\n  web: { folder: web, include: [common], command: [node], probes: { ready: / } }\n  api: { folder: api, include: [common], command: [node], probes: { ready: / } }\nenvironments: { dev: { target: local }, prod: { target: docker } }\n',
  });
  const loaded = await loadDefinition(folder, { clock: clock(), signal: never });
  const missing = (loaded.ok ? loaded.value.findings : []).filter(
    ({ code }) => code === 'definition_folder_missing',
  );
  expect(missing.map(({ severity, line, column, sentence }) => [severity, line, column, sentence])).toEqual([
    ['warning', 3, 33, 'services.web.include[0] names "common", which is not there.'],
    ['warning', 4, 18, 'services.api.folder names "api", which is not there.'],
  ]);
});
