import { formatDuration, type Millis, millis, minutes } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { insteadOf } from '../read/nearest.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';

type Stores = EnvironmentDeclaration['stores'];
type Backup = NonNullable<Stores[string]['backup']>;
type Recovery = NonNullable<EnvironmentDeclaration['recovery']>;

/** Copies that could not bring back what is promised, or say what their kind of store cannot do. */
export function judgeRecovery({ stores, recovery }: EnvironmentDeclaration): readonly Problem[] {
  const declared = Object.entries(stores);
  return [
    ...declared.flatMap(([name, { kind, backup }]) => {
      if (backup === undefined) return [];
      const path = ['stores', name, 'backup'];
      return [
        ...keepingOf(path, backup),
        ...(kind === 'postgres' ? logOf(path, backup) : withoutLog(path, kind, backup)),
      ];
    }),
    ...(recovery === undefined ? [] : promisesOf(recovery, stores)),
  ];
}

function keepingOf(path: Path, { full, longTerm }: Backup): readonly Problem[] {
  const found: Problem[] = [];
  for (const [field, keeping] of Object.entries({ full, longTerm })) {
    if (keeping === undefined || keeping.keep >= keeping.every) continue;
    const place = [...path, field, 'keep'];
    const sentence = `${pathText(place)} is ${formatDuration(keeping.keep)}: copies are gone before the next one is made, after ${formatDuration(keeping.every)}.`;
    const hint = `write "${formatDuration(keeping.every)}" or more; the newest good copy is never deleted`;
    found.push(unfit(place, sentence, hint, 'warning'));
  }
  if (full !== undefined && longTerm !== undefined && longTerm.keep < full.keep) {
    const place = [...path, 'longTerm', 'keep'];
    const sentence = `${pathText(place)} is ${formatDuration(longTerm.keep)}, but every full copy is kept for ${formatDuration(full.keep)}.`;
    found.push(unfit(place, sentence, 'keep them longer than full.keep, or leave longTerm out', 'warning'));
  }
  return found;
}

function logOf(path: Path, { full, longTerm, logEvery, pointInTime }: Backup): readonly Problem[] {
  const found: Problem[] = [];
  const place = [...path, 'pointInTime'];
  if (pointInTime !== undefined && logEvery === undefined) {
    const sentence = `${pathText(place)} promises any moment, but no log is shipped: only the full copies could be brought back.`;
    found.push(unfit(place, sentence, 'write logEvery: "15m" beside it, or leave pointInTime out'));
  }
  if (logEvery !== undefined && full === undefined && longTerm === undefined) {
    const sentence = `${pathText(path)} ships the log, but makes no full copies: a log alone brings nothing back.`;
    found.push(unfit(path, sentence, 'write full: { every: "1d", keep: "14d" }'));
  }
  return found;
}

function withoutLog(path: Path, kind: string, { logEvery, pointInTime }: Backup): readonly Problem[] {
  return Object.entries({ logEvery, pointInTime }).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const place = [...path, field];
    const sentence = `${pathText(place)} asks for a log, which a ${kind} does not have.`;
    return [unfit(place, sentence, 'write full: { every: "1d", keep: "14d" } instead')];
  });
}

function promisesOf(recovery: Recovery, stores: Stores): readonly Problem[] {
  const found: Problem[] = [];
  for (const [name, store] of Object.entries(stores)) {
    if (store.kind === 'postgres') found.push(...lossOf(name, store.backup, recovery));
    else if (!isCache(store)) found.push(...lossWithoutLog(name, store.backup, recovery));
  }
  const hasCopies = Object.values(stores).some(({ backup }) => everyOf(backup) !== null);
  if (recovery.drillEvery !== undefined && !hasCopies) {
    const sentence = 'recovery.drillEvery asks for drills, but no store has copies that could be restored.';
    const hint = 'write backup: { full: { every: "1d", keep: "14d" } } at a store, or leave drillEvery out';
    found.push(unfit(['recovery', 'drillEvery'], sentence, hint, 'warning'));
  }
  return [...found, ...verifyOf(recovery, stores)];
}

/** What may be evicted at any moment is counted on by nobody: a copy warms it up again, and no promise is meant for it. */
const isCache = (store: Stores[string]): boolean =>
  store.kind === 'redis' && store.evictionPolicy?.startsWith('allkeys') === true;

/** What a loss of the machine would cost, against what is declared. */
function lossOf(name: string, backup: Backup | undefined, { rpo }: Recovery): readonly Problem[] {
  const path = ['stores', name];
  const allowed = allowedBy(rpo);
  const remedy = `"${formatDuration(advised(rpo.limit))}"`;
  const loss = backup?.logEvery ?? everyOf(backup);
  if (loss === null) {
    const sentence = `${pathText(path)} has no copies, but ${allowed}: all of it would be lost with the machine.`;
    const hint = `write backup: { full: { every: "1d", keep: "14d" }, logEvery: ${remedy} }`;
    return [problem('definition_no_backup', path, sentence, { severity: 'warning', point: 'key', hint })];
  }
  if (isWithin(loss, rpo)) return [];
  if (backup?.logEvery === undefined) {
    const place = [...path, 'backup'];
    const sentence = `${pathText(place)} allows a loss of up to ${formatDuration(loss)}, but ${allowed}.`;
    const hint = `ship the log as well: logEvery: ${remedy}, a third of what may be lost at most`;
    return [problem('definition_rpo_missed', place, sentence, { point: 'key', hint })];
  }
  const place = [...path, 'backup', 'logEvery'];
  const sentence = `${pathText(place)} allows a loss of up to ${formatDuration(loss)}, but ${allowed}.`;
  const hint = `write ${remedy}, a third of what may be lost at most`;
  const received = shown(formatDuration(loss));
  return [problem('definition_rpo_missed', place, sentence, { received, hint })];
}

/**
 * A store that keeps no log loses what was written since its copy, and every drill measures that. A warning: often what it holds
 * can be made anew, and the promise is meant for the databases.
 */
function lossWithoutLog(name: string, backup: Backup | undefined, { rpo }: Recovery): readonly Problem[] {
  const loss = everyOf(backup);
  if (loss === null || isWithin(loss, rpo)) return [];
  const path = ['stores', name, 'backup'];
  const sentence = `${pathText(path)} allows a loss of up to ${formatDuration(loss)}, but ${allowedBy(rpo)}: every drill will measure it.`;
  const every = advised(rpo.limit);
  const oftener = every < oftenest ? '' : `write full: { every: "${formatDuration(every)}", … }, or `;
  const hint = `${oftener}declare an rpo of "${formatDuration(loss)}", or leave backup out where what it holds can be made anew`;
  return [problem('definition_rpo_missed', path, sentence, { severity: 'warning', point: 'key', hint })];
}

/** Whole copies are not advised more often than that: each reads and sends everything. */
const oftenest = minutes(5);

type Bound = Recovery['rpo'];

const isWithin = (loss: Millis, { limit, strict }: Bound) => (strict ? loss < limit : loss <= limit);

const allowedBy = ({ limit, strict }: Bound) =>
  `recovery.rpo is ${strict ? 'less than ' : ''}${formatDuration(limit)}`;

/** Lengths that people write, shortest last. */
const usual: readonly Millis[] = [720, 360, 240, 120, 60, 30, 15, 10, 5, 1].map(minutes);

/** A third of what may be lost: one piece may be under way, one late, and it still holds. */
function advised(limit: Millis): Millis {
  const third = limit / 3;
  const whole = third >= 1_000 ? Math.floor(third / 1_000) * 1_000 : third;
  return usual.find((length) => length <= third) ?? millis(whole);
}

function everyOf(backup: Backup | undefined): Millis | null {
  const all = [backup?.full?.every, backup?.longTerm?.every].filter((every) => every !== undefined);
  return all.length === 0 ? null : all.reduce((a, b) => (b < a ? b : a));
}

function verifyOf({ verify = {} }: Recovery, stores: Stores): readonly Problem[] {
  return Object.keys(verify).flatMap((name) => {
    const path = ['recovery', 'verify', name];
    const store = Object.hasOwn(stores, name) ? stores[name] : undefined;
    if (store === undefined) {
      const sentence = `${pathText(path)} names "${name}", which is not among the stores.`;
      const hint = insteadOf(name, Object.keys(stores), 'stores');
      return [problem('definition_unknown_reference', path, sentence, { point: 'key', hint })];
    }
    if (store.kind === 'postgres') return [];
    const sentence = `${pathText(path)} asks for rows or queries of a ${store.kind}, which has none.`;
    return [
      unfit(path, sentence, 'leave it out: what it holds is compared with its checksums anyway', 'warning'),
    ];
  });
}

function unfit(path: Path, sentence: string, hint: string, severity: Problem['severity'] = 'error'): Problem {
  return problem('definition_backup_unfit', path, sentence, { severity, point: 'key', hint });
}
