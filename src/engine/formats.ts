import { noWatch } from '#core/release';
import { invariant, type Json } from '#kernel';
import type { Row } from '#ports';
import { type Documents, formats, type Kind } from './records.ts';

type Document = { readonly [key: string]: Json };

/** The document of a row: as this version writes it, converted where an older one wrote it. A newer one is not read. */
export function read<K extends Kind>(kind: K, row: Row): Documents[K] {
  invariant(
    row.format <= formats[kind],
    `row ${kind}/${row.key} has format ${row.format}, this version knows up to ${formats[kind]}`,
  );
  const value = row.format === 1 ? fromFirst[kind](row.value as Document) : row.value;
  return value as unknown as Documents[K];
}

/** Whether a rollout's row carries its plan, as it did in the first format. */
export function planInside(row: Row): Documents['plan'] | null {
  if (row.format > 1) return null;
  return planOfFirst((row.value as Document)['plan'] as Document) as unknown as Documents['plan'];
}

/** From the first format (0.1.0), which knew canaries and rolling updates only. */
const fromFirst: Readonly<Record<Kind, (document: Document) => Document>> = {
  environment: (row) => ({
    ...row,
    environment: row['environment'] === null ? null : environmentOfFirst(row['environment'] as Document),
    queued: null,
    opening: null,
    coming: null,
    restart: null,
    closing: null,
    contracts: [],
    contracted: 0,
  }),
  release: (release) => ({
    ...release,
    revisions: list(release['revisions']).map(revisionOfFirst),
    jobs: {},
  }),
  plan: planOfFirst,
  rollout: ({ plan: _, ...state }) => ({
    ...state,
    format: 2,
    overBy: Number(state['startedAt']) + week,
    paused: null,
    committed: false,
    crashesBefore: {},
    ignored: [],
    // The totals of the router are all there still: the new gate counts from nothing once more.
    watch: { ...noWatch, checks: (state['watch'] as Document)['checks'] ?? [] } as unknown as Json,
    ...(shifting.some((phase) => state['phase'] === phase) ? { part: 'route' } : {}),
  }),
};

const gateOfSecond = {
  latencyTolerance: 10,
  warmUp: 30_000,
  falseAlarms: 1,
  promote: 'atDeadline',
  minimumHold: 5 * 60_000,
  expected: null,
};
const week = 7 * 24 * 3_600_000;
const shifting = ['routing', 'withdrawing', 'restoring'];

function planOfFirst(plan: Document): Document {
  return {
    ...plan,
    moves: list(plan['moves']).map((move) => ({
      ...move,
      consumes: false,
      next: move['next'] === null ? null : revisionOfFirst(move['next'] as Document),
      previous: move['previous'] === null ? null : revisionOfFirst(move['previous'] as Document),
    })),
    stages: list(plan['stages']).map((stage) => ({
      ...stage,
      kind: 'shift',
      gate: stage['gate'] === true ? 'pass' : 'none',
      advance: 'gate',
      services: list(stage['services']).map((share) => ({ ...share, active: null })),
    })),
    policy: policyOfFirst(plan['policy'] as Document),
    leaves: false,
    contractAfter: null,
  };
}

function environmentOfFirst(environment: Document): Document {
  return {
    ...environment,
    services: list(environment['services']).map(serviceOfFirst),
    release: policyOfFirst(environment['release'] as Document),
  };
}

function policyOfFirst(policy: Document): Document {
  return {
    ...policy,
    gate: { ...(policy['gate'] as Document), ...gateOfSecond },
    deadline: week,
    watch: 0,
    approval: null,
    window: null,
    freezes: [],
    supersede: 'refuse',
    hooks: { before: [], after: [] },
    migrations: null,
  };
}

const revisionOfFirst = (revision: Document): Document => ({
  ...revision,
  spec: serviceOfFirst(revision['spec'] as Document),
});

function serviceOfFirst(service: Document): Document {
  const strategy = service['strategy'] as Document;
  const canary = strategy['kind'] === 'canary' ? { ...strategy, by: 'requests', advance: 'gate' } : strategy;
  return { ...service, consumer: null, strategy: canary };
}

const list = (value: Json | undefined): readonly Document[] => (value ?? []) as unknown as Document[];
