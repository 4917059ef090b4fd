/**
 * What becomes of a declared field on a target (R13).
 *
 * - `honoured`: something acts on it.
 * - `described`: it is for people; there is nothing to act on.
 * - `later`: nothing acts on it yet; a warning.
 * - `refused`: nothing acts on it yet, and a release would behave otherwise than declared; an error.
 */
export type Honour = 'honoured' | 'described' | 'later' | 'refused';

/** Targets that this version can bring up. */
export const presentTargets = ['local'] as const;
export type PresentTarget = (typeof presentTargets)[number];

/** `*` stands for any name or position. A row holds for everything below it that has no row of its own. */
export const honourTable = {
  target: { local: 'honoured' },
  purpose: { local: 'described' },
  isolation: { local: 'described' },
  trigger: { local: 'later' },
  data: { local: 'later' },
  domains: { local: 'later' },
  schedule: { local: 'later' },
  router: { local: 'honoured' },
  routerWorkers: { local: 'honoured' },

  'services.*.role': { local: 'described' },
  'services.*.folder': { local: 'honoured' },
  'services.*.include': { local: 'honoured' },
  'services.*.command': { local: 'honoured' },
  'services.*.image': { local: 'later' },
  'services.*.image.name': { local: 'later' },
  'services.*.hosting': { local: 'later' },
  'services.*.env': { local: 'honoured' },
  'services.*.secrets': { local: 'honoured' },
  'services.*.needs': { local: 'honoured' },
  'services.*.calls': { local: 'later' },
  'services.*.consumes': { local: 'later' },
  'services.*.consumer': { local: 'honoured' },
  'services.*.vendors': { local: 'later' },
  'services.*.exposure': { local: 'honoured' },
  'services.*.traffic': { local: 'honoured' },
  'services.*.port': { local: 'honoured' },
  'services.*.domains': { local: 'later' },
  'services.*.routes': { local: 'later' },
  'services.*.endpoints': { local: 'described' },
  'services.*.replicas': { local: 'honoured' },
  'services.*.resources.memory': { local: 'honoured' },
  'services.*.resources.cpu': { local: 'honoured' },
  'services.*.resources.disk': { local: 'later' },
  'services.*.probes': { local: 'honoured' },
  'services.*.shutdown': { local: 'honoured' },
  'services.*.affinity': { local: 'honoured' },
  'services.*.strategy': { local: 'honoured' },
  'services.*.measure': { local: 'honoured' },
  'services.*.protection': { local: 'later' },
  'services.*.resilience': { local: 'later' },
  'services.*.namespace': { local: 'later' },
  'services.*.pool': { local: 'later' },
  'services.*.reload': { local: 'later' },
  'services.*.acceptLoss': { local: 'honoured' },

  'stores.*.kind': { local: 'honoured' },
  'stores.*.role': { local: 'described' },
  'stores.*.version': { local: 'honoured' },
  'stores.*.instance': { local: 'later' },
  'stores.*.managed': { local: 'later' },
  'stores.*.storage': { local: 'later' },
  'stores.*.growsStorage': { local: 'later' },
  'stores.*.memory': { local: 'honoured' },
  'stores.*.cpu': { local: 'later' },
  'stores.*.nodes': { local: 'later' },
  'stores.*.zones': { local: 'later' },
  'stores.*.readReplicas': { local: 'later' },
  'stores.*.standbys': { local: 'honoured' },
  'stores.*.synchronous': { local: 'honoured' },
  'stores.*.failoverAfter': { local: 'honoured' },
  'stores.*.region': { local: 'later' },
  'stores.*.encrypted': { local: 'later' },
  'stores.*.tls': { local: 'later' },
  'stores.*.optional': { local: 'later' },
  'stores.*.backup': { local: 'honoured' },
  'stores.*.backup.to': { local: 'later' },
  'stores.*.backup.offRegion': { local: 'later' },
  'stores.*.cost': { local: 'later' },
  'stores.*.database': { local: 'honoured' },
  'stores.*.pooler': { local: 'later' },
  'stores.*.extensions': { local: 'later' },
  'stores.*.tenants': { local: 'later' },
  'stores.*.fallback': { local: 'later' },
  'stores.*.persistence': { local: 'honoured' },
  'stores.*.evictionPolicy': { local: 'honoured' },
  'stores.*.lifetimes': { local: 'described' },
  'stores.*.shards': { local: 'later' },
  'stores.*.bucket': { local: 'honoured' },
  'stores.*.versioning': { local: 'honoured' },
  'stores.*.expireAfter': { local: 'honoured' },
  'stores.*.transitions': { local: 'later' },
  'stores.*.access': { local: 'later' },
  'stores.*.acceptLoss': { local: 'honoured' },

  checks: { local: 'honoured' },
  'secrets.*.role': { local: 'described' },
  'secrets.*.generate': { local: 'honoured' },
  'secrets.*.rotate': { local: 'later' },
  'secrets.*.overlap': { local: 'later' },
  'secrets.*.previous': { local: 'described' },
  'secrets.*.hardware': { local: 'later' },
  'secrets.*.rewrap': { local: 'later' },
  'secrets.*.from': { local: 'described' },
  'flags.*': { local: 'honoured' },
  'flags.*.role': { local: 'described' },
  'flags.*.default': { local: 'honoured' },
  'flags.*.killSwitch': { local: 'later' },
  'flags.*.values': { local: 'described' },

  'release.strategy': { local: 'honoured' },
  'release.rolling': { local: 'honoured' },
  'release.canary': { local: 'honoured' },
  'release.blueGreen': { local: 'honoured' },
  'release.gate': { local: 'honoured' },
  'release.gate.memory': { local: 'refused' },
  'release.startDeadline': { local: 'honoured' },
  'release.routeDeadline': { local: 'honoured' },
  'release.deadline': { local: 'honoured' },
  'release.keepOld': { local: 'honoured' },
  'release.watch': { local: 'honoured' },
  'release.migrations': { local: 'honoured' },
  'release.approval': { local: 'honoured' },
  'release.window': { local: 'honoured' },
  'release.freeze': { local: 'honoured' },
  'release.supersede': { local: 'honoured' },
  'release.hooks': { local: 'honoured' },
  'release.rollback.automatic': { local: 'refused' },
  'release.rollback.within': { local: 'later' },
  'release.rollback.steps': { local: 'described' },
  'release.rollback.reportWithin': { local: 'later' },
  'release.rollback.keep': { local: 'later' },
  'release.purge': { local: 'later' },
  'release.checklist': { local: 'refused' },
  'release.acceptLoss': { local: 'honoured' },

  queues: { local: 'later' },
  outbox: { local: 'later' },
  vendors: { local: 'later' },
  scaling: { local: 'later' },
  channels: { local: 'later' },
  alerts: { local: 'later' },
  observability: { local: 'later' },
  resilience: { local: 'later' },
  edge: { local: 'honoured' },
  network: { local: 'later' },
  security: { local: 'later' },
  recovery: { local: 'honoured' },
  'recovery.scenarios': { local: 'described' },
  'recovery.failover': { local: 'described' },
  windows: { local: 'honoured' },
  platform: { local: 'later' },
  cost: { local: 'later' },
  pipeline: { local: 'later' },
  artefacts: { local: 'later' },
  checklists: { local: 'later' },
  runbooks: { local: 'later' },
  phases: { local: 'later' },
  decisions: { local: 'described' },
  acceptLoss: { local: 'honoured' },
} as const satisfies Record<string, Readonly<Record<PresentTarget, Honour>>>;

export type HonourField = keyof typeof honourTable;

/** Values of a field, or kinds of what has the field, that are judged otherwise than its row says. */
export const honourOfValues: readonly {
  readonly field: HonourField;
  readonly value?: string | boolean;
  /** Of a text. */
  readonly like?: RegExp;
  readonly ofKind?: string;
  readonly on: Readonly<Record<PresentTarget, Honour>>;
}[] = [
  { field: 'services.*.strategy', value: 'flags', on: { local: 'refused' } },
  { field: 'release.strategy', value: 'flags', on: { local: 'refused' } },
  { field: 'release.rollback.automatic', value: true, on: { local: 'honoured' } },
  // An address can be written to; of "another region" only people know where it is.
  { field: 'stores.*.backup.to', like: /^(s3:\/\/[^\s/]+(\/\S*)?|\.?\/.*)$/, on: { local: 'honoured' } },
  { field: 'stores.*.persistence', value: 'snapshot', on: { local: 'later' } },
  { field: 'stores.*.standbys', ofKind: 'redis', on: { local: 'later' } },
  { field: 'stores.*.standbys', ofKind: 'bucket', on: { local: 'later' } },
  { field: 'stores.*.memory', ofKind: 'postgres', on: { local: 'later' } },
  { field: 'stores.*.memory', ofKind: 'bucket', on: { local: 'later' } },
];

/** Major versions of the engines that a target brings with it. */
export const embeddedVersions: Readonly<Record<PresentTarget, Readonly<Record<string, string>>>> = {
  local: { postgres: '18' },
};
