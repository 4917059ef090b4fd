import type { Revision } from '#core/release';
import type { Service } from '#core/system';
import { canonicalJson, formatBytes, formatDuration } from '#kernel';
import { hidden, maskedVariable } from './masked.ts';
import { commandWords, strategyWords } from './words.ts';

/** What differs between two revisions of a service, one sentence each; values of secrets are in none. */
export function differencesOf(before: Revision, after: Revision): readonly string[] {
  const [was, is] = [before.spec, after.spec];
  return [
    ...(before.build === after.build
      ? []
      : [`other files: build ${shortBuild(after.build)} instead of ${shortBuild(before.build)}`]),
    ...said('the command', commandWords(was.command), commandWords(is.command)),
    ...variables(was.env, is.env),
    ...secrets(before.secretVersions, after.secretVersions),
    ...counted('replica', was.replicas, is.replicas),
    ...resources(was, is),
    ...probes(was, is),
    ...shutdown(was, is),
    ...said('the strategy', strategyWords(was.strategy), strategyWords(is.strategy)),
    ...said('it needs', was.needs.join(', ') || 'nothing', is.needs.join(', ') || 'nothing'),
    ...said('the exposure', was.exposure, is.exposure),
    ...others(was, is),
  ];
}

/** Enough of a digest to tell two apart by eye. */
export const shortBuild = (build: string): string => build.slice(0, 12);

/** `the command is X, it was Y`; nothing where they are equal. */
function said(what: string, before: string, after: string): string[] {
  if (before === after) return [];
  const verb = what.startsWith('it ') ? '' : ' is';
  return [`${what}${verb} ${after}, ${what.startsWith('it ') ? 'before' : 'it was'} ${before}`];
}

function variables(before: Service['env'], after: Service['env']): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before[name], after[name]];
    if (was === is) return [];
    if (was === undefined) return [`the variable ${name} is new: ${shownValue(name, is)}`];
    if (is === undefined) return [`the variable ${name} is gone; it was ${shownValue(name, was)}`];
    const [shownWas, shownIs] = [shownValue(name, was), shownValue(name, is)];
    // Two values that only differ in what is hidden, or far behind.
    return shownWas === shownIs
      ? [`the variable ${name} has another value`]
      : [`the variable ${name} is ${shownIs}, it was ${shownWas}`];
  });
}

const longestValue = 120;

function shownValue(name: string, value = ''): string {
  const shown = maskedVariable(name, value);
  return JSON.stringify(shown.length > longestValue ? `${shown.slice(0, longestValue)}${hidden}` : shown);
}

function secrets(before: Revision['secretVersions'], after: Revision['secretVersions']): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    if (before[name] === after[name]) return [];
    if (before[name] === undefined) return [`it receives the secret ${name}`];
    return after[name] === undefined
      ? [`it does not receive the secret ${name} any more`]
      : [`the secret ${name} has another value`];
  });
}

const counted = (what: string, before: number, after: number): string[] =>
  before === after ? [] : [`${after} ${after === 1 ? what : `${what}s`} instead of ${before}`];

function resources({ resources: was }: Service, { resources: is }: Service): string[] {
  const memory = (of: Service['resources']) => (of.memory === null ? 'no limit' : formatBytes(of.memory));
  const cpu = (of: Service['resources']) => (of.cpu === null ? 'no limit' : String(of.cpu));
  return [...said('the memory', memory(was), memory(is)), ...said('the CPU', cpu(was), cpu(is))];
}

function probes({ probes: was }: Service, { probes: is }: Service): string[] {
  return (['startup', 'ready', 'live'] as const).flatMap((name) => {
    const [before, after] = [was[name], is[name]];
    if (canonicalJson(before) === canonicalJson(after)) return [];
    if (before === null) return [`the probe "${name}" is new: ${after?.path ?? ''}`];
    if (after === null) return [`the probe "${name}" is gone`];
    return before.path === after.path
      ? [`the probe "${name}" has other times`]
      : [`the probe "${name}" asks ${after.path}, it asked ${before.path}`];
  });
}

const shutdownNames = {
  drain: 'requests in flight may take',
  websocketDrain: 'WebSockets are closed over',
  grace: 'from SIGTERM to SIGKILL it has',
} as const satisfies Record<keyof Service['shutdown'], string>;

function shutdown({ shutdown: was }: Service, { shutdown: is }: Service): string[] {
  return (['drain', 'websocketDrain', 'grace'] as const).flatMap((name) =>
    was[name] === is[name]
      ? []
      : [`${shutdownNames[name]} ${formatDuration(is[name])}, before ${formatDuration(was[name])}`],
  );
}

/** Fields with sentences of their own; what is declared beside them is told by its name. */
const told: readonly (keyof Service)[] = [
  'name',
  'command',
  'env',
  'secrets',
  'replicas',
  'resources',
  'probes',
  'shutdown',
  'strategy',
  'needs',
  'exposure',
];

const names: Readonly<Partial<Record<keyof Service, string>>> = {
  folder: 'the folder',
  include: 'the included folders',
  port: 'the port',
  affinity: 'the affinity of users to replicas',
  consumer: 'how it is paused',
  measure: 'where its counts come from',
  traffic: 'the kind of its traffic',
};

function others(was: Service, is: Service): string[] {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])] as (keyof Service)[];
  return keys
    .filter((key) => !told.includes(key) && !same(was[key] ?? null, is[key] ?? null))
    .map((key) => `${names[key] ?? key} is declared differently`);
}

const same = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);
