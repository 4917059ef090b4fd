import { type Answers, problem } from '../ask.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const began = Date.now();

const idOf = (at: number, end: string) =>
  `${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${end}`;

const copyOf = (of: string, kind: string, at: number, bytes: number, why: string) => ({
  id: idOf(at, of.length.toString(16).padStart(4, '9c1')),
  system: 'trading-journal',
  environment: 'production',
  of,
  kind,
  from: at - 40_000,
  until: at,
  verifiedAt: at + 90_000,
  bytes,
  parts: [{ name: 'base.tar', bytes, stored: Math.round(bytes * 0.31), sha256: '5e'.repeat(32) }],
  detail: {},
  why,
});

const copies = [
  ...Array.from({ length: 9 }, (_, at) =>
    copyOf(
      'database',
      'postgres',
      began - 63 * minute - at * 6 * hour,
      3_482_000_000 - at * 21_000_000,
      at === 3 ? 'before exchange' : 'scheduled',
    ),
  ),
  ...Array.from({ length: 4 }, (_, at) =>
    copyOf('jobs', 'redis', began - 70 * minute - at * day, 41_000_000, 'scheduled'),
  ),
  ...Array.from({ length: 4 }, (_, at) =>
    copyOf('files', 'bucket', began - 3 * day - at * day, 912_000_000, 'scheduled'),
  ),
  ...Array.from({ length: 3 }, (_, at) =>
    copyOf('fairway', 'fairway', began - 58 * minute - at * 6 * hour, 6_400_000, 'scheduled'),
  ),
].toSorted((a, b) => b.until - a.until);

const step = (name: string, tookMillis: number, ok = true, detail = '') => ({ name, tookMillis, ok, detail });

const drills = [
  {
    id: 'd-20261122-0200',
    environment: 'production',
    at: began - 47 * minute,
    rto: 372_000,
    rpo: 41_000,
    ok: true,
    findings: [],
    steps: [
      step('fetch the newest copy of database', 94_000, true, '1.1 GiB'),
      step('roll the log forward', 61_000, true, '214 pieces'),
      step('read every table and index', 118_000, true, '48 tables'),
      step('start the services', 57_000),
      step('run the checks', 42_000, true, '5 of 5 green'),
    ],
  },
  {
    id: 'd-20261115-0200',
    environment: 'production',
    at: began - 7 * day,
    rto: null,
    rpo: 66_000,
    ok: false,
    findings: ['the check "order to fill" stayed red: the restored store had no partition for November'],
    steps: [
      step('fetch the newest copy of database', 91_000),
      step('run the checks', 300_000, false, 'order to fill: red'),
    ],
  },
  {
    id: 'd-20261108-0200',
    environment: 'production',
    at: began - 14 * day,
    rto: 655_000,
    rpo: 52_000,
    ok: true,
    findings: ['The log was read from the slow place.'],
    steps: [step('fetch the newest copy of database', 288_000), step('run the checks', 39_000)],
  },
];

const store = (name: string, kind: string, rest: object) => ({
  store: name,
  kind,
  declared: true,
  copies: copies.filter(({ of }) => of === name).length,
  newest: copies.find(({ of }) => of === name)?.until ?? null,
  bytes: copies.filter(({ of }) => of === name).reduce((sum, { bytes }) => sum + bytes, 0),
  range: null,
  atRisk: null,
  log: null,
  warnings: [],
  ...rest,
});

const side = {
  id: 's-4f21',
  store: 'database',
  copy: copies[2]?.id ?? '',
  reached: began - 3 * hour,
  restoredAt: began - 2 * hour,
  tookMillis: 214_000,
  lost: { transactions: 1_204, exact: true, detail: 'the writes after 02:41:07' },
  address: '127.0.0.1:41877',
};

const sides = [side];
const holds: { id: string; of: string; copy: string | null; reason: string; by: string; at: number }[] = [
  {
    id: 'h-1',
    of: 'database',
    copy: null,
    reason: 'audit of the third quarter',
    by: 'olga',
    at: began - 2 * day,
  },
];

interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly begunAt: number;
  readonly asked: Readonly<Record<string, unknown>>;
}
const operations = new Map<string, Operation>();
const doings = ['asking for a checkpoint', 'copying database', 'reading it back', 'noting it in the journal'];

function told({ id, kind, begunAt, asked }: Operation) {
  const share = Math.min(1, (Date.now() - begunAt) / 12_000);
  const isOver = share >= 1;
  const fails = kind === 'restore' && asked['store'] === 'files';
  return {
    id,
    kind,
    state: isOver ? (fails ? 'failed' : 'done') : 'running',
    begunAt,
    endedAt: isOver ? begunAt + 12_000 : null,
    share: isOver ? 1 : share < 0.15 ? null : share,
    doing: doings[Math.floor(share * doings.length)] ?? '',
    failure:
      isOver && fails
        ? {
            code: 'recovery_target_too_old',
            sentence: 'No copy of "files" reaches that moment; the oldest is of 3 days ago.',
            hint: 'Choose a later moment; "fairway backup --list" prints what there is.',
            exit: 2,
          }
        : null,
    copies: kind === 'backup' && isOver ? copies.slice(0, 2) : [],
    side: kind === 'restore' && isOver && !fails ? side : null,
    drill: kind === 'drill' && isOver ? drills[0] : null,
    former: null,
    rotated: null,
  };
}

/** `/v1/mock-recovery?state=none` plays a system whose definition says nothing of recovery. */
let isDeclared = true;

export const recoveryAnswers: Answers = {
  'GET /v1/mock-recovery': ({ query }) => {
    isDeclared = query.get('state') !== 'none';
    return { isDeclared };
  },
  'GET /v1/environments/{environment}/recovery': ({ params }) => ({
    system: 'trading-journal',
    environment: params['environment'],
    place: isDeclared ? 's3://backups.example.com/journal' : 'file:///var/lib/fairway/copies',
    isOffSite: isDeclared,
    recipient: 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg',
    keyFile: '/var/lib/fairway/recovery.key',
    stores: isDeclared
      ? [
          store('database', 'postgres', {
            range: { from: began - 7 * day, until: began - 38_000 },
            atRisk: 38_000,
            log: { on: true, waiting: 1, failing: null },
          }),
          store('jobs', 'redis', {
            atRisk: 70 * minute,
            warnings: [
              {
                code: 'recovery_rpo_at_risk',
                sentence: '1h 10m of "jobs" would be lost now; the bound is 15m.',
                severity: 'error',
              },
            ],
          }),
          store('files', 'bucket', {
            range: { from: began - 6 * day, until: began - 3 * day },
            atRisk: 3 * day,
            log: { on: true, waiting: 41, failing: 'the place of the copies refuses writes: 403' },
            warnings: [
              {
                code: 'recovery_copy_old',
                sentence: 'The newest copy of "files" is 3 days old; one is due every day.',
                severity: 'warning',
              },
            ],
          }),
          store('fairway', 'fairway', { atRisk: 58 * minute }),
        ]
      : [store('database', 'postgres', { declared: false, copies: 0, newest: null, bytes: 0 })],
    copies: isDeclared ? copies : [],
    holds: isDeclared ? holds : [],
    sides: isDeclared ? sides : [],
    drills: isDeclared ? drills : [],
    running: [...operations.values()].map(told).find(({ state }) => state === 'running') ?? null,
    nextDrill: isDeclared ? began + 6 * day : null,
    bounds: isDeclared
      ? {
          rto: { declared: '<15m', measured: 372_000, ok: true },
          rpo: { declared: '<15m', measured: 41_000, ok: true },
          measuredAt: drills[0]?.at ?? null,
        }
      : null,
    checklist: [],
  }),
  'GET /v1/environments/{environment}/recovery/evidence': () =>
    [
      [2_900, 'recovery.held', 'olga holds every copy of database: audit of the third quarter'],
      [430, 'recovery.copied', 'database was copied and read back (scheduled): 20261121T200000Z-9c18'],
      [180, 'recovery.restored', 'maria restored database beside the running one: s-4f21'],
      [63, 'recovery.copied', 'database was copied and read back (scheduled): 20261122T020000Z-9c18'],
      [51, 'recovery.drill_begun', 'fairway began the drill d-20261122-0200'],
      [47, 'recovery.drilled', 'the drill d-20261122-0200 is good: RTO 6m 12s, RPO 41s'],
      [12, 'recovery.warning', 'warning: 1h 10m of "jobs" would be lost now; the bound is 15m.'],
    ].map(([ago, type, sentence], at) => ({
      sequence: at + 1,
      at: began - Number(ago) * minute,
      type,
      sentence,
    })),
  'POST /v1/environments/{environment}/recovery/operations': ({ body, response }) => {
    const asked = body as Record<string, unknown>;
    if ([...operations.values()].some((each) => told(each).state === 'running'))
      return problem(
        response,
        409,
        'recovery_busy',
        'Another operation of recovery is under way.',
        'Wait until it has ended; "fairway recovery" shows how far it is.',
      );
    const id = `op-${operations.size + 1}`;
    const operation = { id, kind: String(asked['kind']), begunAt: Date.now(), asked };
    operations.set(id, operation);
    if (asked['kind'] === 'discard') sides.length = 0;
    response.statusCode = 202;
    return told(operation);
  },
  'GET /v1/environments/{environment}/recovery/operations/{id}': ({ params }) => {
    const operation = operations.get(params['id'] ?? '');
    return operation === undefined ? null : told(operation);
  },
  'POST /v1/environments/{environment}/recovery/holds': ({ body }) => {
    const asked = body as { readonly of: string; readonly copy: string | null; readonly reason: string };
    const made = { id: `h-${holds.length + 1}`, ...asked, by: 'maria', at: Date.now() };
    holds.push(made);
    return made;
  },
  'DELETE /v1/environments/{environment}/recovery/holds/{id}': ({ params }) => {
    const at = holds.findIndex(({ id }) => id === params['id']);
    if (at >= 0) holds.splice(at, 1);
    return { released: true };
  },
};
