import { createHash } from 'node:crypto';
import type { Answers } from '../ask.ts';

type Told = readonly [
  minutesAgo: number,
  environment: string | null,
  type: string,
  by: string,
  sentence: string,
  note: string,
  release: number | null,
];

const told: readonly Told[] = [
  [2, 'production', 'rollout', 'maria', 'maria let release 8 go on', 'figures look calm', 8],
  [
    9,
    'production',
    'release.made',
    'ci',
    'ci asked for release 8 from the working tree 4f1c2ab',
    'coach: shorter answers',
    8,
  ],
  [31, null, 'access.link_made', 'olga', 'olga made a link that opens the dashboard once', '', null],
  [
    47,
    'production',
    'recovery.drilled',
    'fairway',
    'the drill d-20261122-0200 is good: RTO 6m 12s, RPO 41s',
    '',
    null,
  ],
  [
    63,
    'production',
    'recovery.copied',
    'fairway',
    'database was copied and read back (scheduled): 20261122T020000Z-9c1e',
    '',
    null,
  ],
  [
    180,
    'staging',
    'release.made',
    'jonas',
    'jonas asked for release 31 from the working tree 4f1c2ab',
    '',
    31,
  ],
  [185, 'staging', 'rollout', 'fairway', 'release 31 is promoted', '', 31],
  [
    320,
    null,
    'access.token_made',
    'olga',
    'olga made the token ci for the role deployer, good until 2027-02-20 09:10',
    '',
    null,
  ],
  [
    1_500,
    'production',
    'rollout',
    'fairway',
    'release 7 is rolled back: "edge" failed 4.1 % of its requests, stable 0.2 %',
    '',
    7,
  ],
  [
    1_508,
    'production',
    'release.made',
    'maria',
    'maria asked for release 7 from the working tree 90ab77c',
    'new order form, see the ticket of the desk',
    7,
  ],
  [
    2_900,
    'production',
    'recovery.held',
    'olga',
    'olga holds every copy of database: audit of the third quarter',
    '',
    null,
  ],
];

/** As the journal chains its entries: each hash is over the one before. */
const hashes = told.toReversed().reduce<readonly string[]>((all, entry) => {
  const before = all.at(-1) ?? '0'.repeat(64);
  return [...all, createHash('sha256').update(before).update(JSON.stringify(entry)).digest('hex')];
}, []);

export const auditAnswers: Answers = {
  'GET /v1/audit/chains': () =>
    ['production', 'production, recovery', 'access'].map((name, at) => ({
      name,
      environment: name.split(',')[0] === 'access' ? null : 'production',
      entries: 400 - at * 130,
      hash: hashes.at(-1 - at) ?? '',
      misfit: null,
    })),
  'GET /v1/audit': ({ query, story }) => {
    const limit = Number(query.get('limit') ?? 200);
    const environment = query.get('environment');
    // The shell asks for where the journal stands.
    const newest = Math.max(100, story.lines.at(-1)?.sequence ?? 0);
    return told
      .map(([minutes, where, type, by, sentence, note, release], at) => ({
        environment: where,
        sequence: newest - at,
        at: Date.now() - minutes * 60_000,
        type,
        by,
        sentence,
        note,
        release,
        hash: hashes[told.length - 1 - at] ?? '',
      }))
      .filter((entry) => environment === null || entry.environment === environment)
      .slice(0, limit);
  },
};
