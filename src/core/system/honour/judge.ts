import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import type { ReadEnvironment } from '../read/environments.ts';
import { type Data, isData, valueAt } from '../read/tame.ts';
import {
  embeddedVersions,
  type Honour,
  type HonourField,
  honourOfValues,
  honourTable,
  type PresentTarget,
  presentTargets,
} from './table.ts';

/**
 * R13: what is declared and not honoured is said, by field. Environments that say the same are told together. An accepted
 * loss is a note.
 */
export function judgeHonour(environments: readonly ReadEnvironment[]): readonly Problem[] {
  const losses = environments.flatMap((environment) => {
    const { target } = environment.declaration;
    return isPresent(target) ? lossesOf(environment, target) : [];
  });
  return [...environments.flatMap(missingTarget), ...together(losses), ...environments.flatMap(versions)];
}

/** A declared field that a target does not honour. */
interface Loss {
  readonly environment: string;
  readonly target: PresentTarget;
  /** Where it was written. */
  readonly path: Path;
  readonly value: unknown;
  readonly honour: 'later' | 'refused';
  readonly accepted: string | null;
}

function lossesOf({ name, merged, declaration }: ReadEnvironment, target: PresentTarget): readonly Loss[] {
  const losses: Loss[] = [];
  const visit = (value: unknown, path: Path) => {
    if (isNothing(value)) return;
    if (isLeftOut(path, declaration)) return; // told by withoutProgram
    const field = rowOf(path);
    const honour =
      field === null ? null : honourOf(field, value, valueAt(merged.data, path.slice(0, -1)), target);
    if (field !== null && (honour === 'later' || honour === 'refused')) {
      const accepted = acceptedAt(merged.data, path, field);
      losses.push({ environment: name, target, path: merged.origin(path), value, honour, accepted });
      return; // what lies below is lost with it
    }
    if (isData(value)) for (const [part, member] of Object.entries(value)) visit(member, [...path, part]);
  };
  visit(merged.data, []);
  return [...losses, ...withoutProgram(name, merged, declaration, target)];
}

/** A service that is only an image, or runs on somebody's platform, is left out: more than a detail that is lost. */
function withoutProgram(
  environment: string,
  merged: ReadEnvironment['merged'],
  declaration: ReadEnvironment['declaration'],
  target: PresentTarget,
): readonly Loss[] {
  return Object.entries(declaration.services)
    .filter(([, { folder }]) => folder === undefined)
    .map(([name, { image }]) => {
      const field = image?.name === undefined ? 'services.*.hosting' : 'services.*.image.name';
      const path = ['services', name, ...field.split('.').slice(2)];
      const accepted = acceptedAt(merged.data, path, field);
      const value = valueAt(merged.data, path);
      return { environment, target, path: merged.origin(path), value, honour: 'refused', accepted };
    });
}

/** The reason given at the place itself or above it. */
function acceptedAt(data: Data, path: Path, field: HonourField): string | null {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const loss = valueAt(data, [...path.slice(0, depth), 'acceptLoss']);
    if (!isData(loss) || typeof loss['reason'] !== 'string') continue;
    const { fields } = loss;
    if (fields === undefined || (Array.isArray(fields) && fields.includes(field))) return loss['reason'];
  }
  return null;
}

function together(losses: readonly Loss[]): readonly Problem[] {
  const groups = new Map<string, Loss[]>();
  for (const loss of losses) {
    const key = JSON.stringify([loss.path, loss.honour, loss.accepted]);
    groups.set(key, [...(groups.get(key) ?? []), loss]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [told(first, [...new Set(group.map(({ environment }) => environment))])];
  });
}

function told(loss: Loss, environments: readonly string[]): Problem {
  const { path, honour, accepted, value, target } = loss;
  const where = `on the target "${target}" (${environments.join(', ')})`;
  const what =
    isData(value) || Array.isArray(value) ? pathText(path) : `${pathText(path)}: ${shown(value) ?? ''}`;
  const sentence =
    honour === 'later'
      ? `${what} is declared, but nothing acts on it yet ${where}.`
      : `${what} is declared, but a release ${where} would not keep to it yet.`;
  if (accepted !== null)
    return problem('not_honoured_yet', path, `${sentence} Accepted: ${accepted.replace(/\.$/, '')}.`, {
      severity: 'note',
      point: 'key',
    });
  const hint =
    honour === 'later'
      ? 'to be told no more, write acceptLoss: { reason: "…" } in this environment'
      : 'declare it in other environments only, or write acceptLoss: { reason: "…" } here';
  return problem('not_honoured_yet', path, sentence, {
    severity: honour === 'later' ? 'warning' : 'error',
    point: 'key',
    hint,
  });
}

function missingTarget({ name, declaration: { target } }: ReadEnvironment): readonly Problem[] {
  if (isPresent(target)) return [];
  const sentence = `environments.${name} is on the target "${target}": declared, cannot be brought up by this version.`;
  return [
    problem('definition_target_missing', ['environments', name, 'target'], sentence, {
      severity: 'warning',
      received: shown(target),
      hint: `targets of this version: ${presentTargets.join(', ')}`,
    }),
  ];
}

/** The embedded servers come in one version: close enough to develop with, and worth knowing. */
function versions({ name, merged, declaration }: ReadEnvironment): readonly Problem[] {
  const { target, stores } = declaration;
  if (!isPresent(target)) return [];
  const found: Problem[] = [];
  for (const [store, { kind, version }] of Object.entries(stores)) {
    const embedded = embeddedVersions[target][kind];
    if (version === undefined || embedded === undefined || version.split('.')[0] === embedded) continue;
    const path = ['stores', store, 'version'];
    const sentence = `stores.${store} declares ${kind} ${version}; on the target "${target}" (${name}) version ${embedded} runs.`;
    found.push(
      problem('definition_version_differs', merged.origin(path), sentence, {
        severity: 'note',
        received: shown(version),
        hint: 'use nothing that differs between the two',
      }),
    );
  }
  return found;
}

function rowOf(path: Path): HonourField | null {
  for (const field of fieldsByLength.get(path.length) ?? [])
    if (field.parts.every((part, index) => part === '*' || part === path[index])) return field.name;
  return null;
}

/** Rows with the fewest `*` first, so that a name goes before any name. */
const fieldsByLength = new Map<number, { readonly name: HonourField; readonly parts: readonly string[] }[]>();
for (const name of Object.keys(honourTable) as HonourField[]) {
  const parts = name.split('.');
  fieldsByLength.set(parts.length, [...(fieldsByLength.get(parts.length) ?? []), { name, parts }]);
}

function honourOf(field: HonourField, value: unknown, owner: unknown, target: PresentTarget): Honour {
  const said: unknown = isData(value) ? value['kind'] : value;
  const kind: unknown = isData(owner) ? owner['kind'] : undefined;
  const special = honourOfValues.find(
    (one) =>
      one.field === field &&
      (one.value === undefined || one.value === said) &&
      (one.like === undefined || (typeof said === 'string' && one.like.test(said))) &&
      (one.ofKind === undefined || one.ofKind === kind),
  );
  if (special !== undefined) return special.on[target];
  return value === false && !decides.has(field) ? 'described' : honourTable[field][target];
}

/** Fields of which `false` says something; elsewhere it says that there is nothing to honour. */
const decides = new Set<string>(
  honourOfValues.filter(({ value }) => value === true).map(({ field }) => field),
);

/** A service that this target cannot run at all: nothing below it needs to be told one by one. */
function isLeftOut(path: Path, { services }: ReadEnvironment['declaration']): boolean {
  const [section, name] = path;
  if (path.length !== 2 || section !== 'services' || typeof name !== 'string') return false;
  return Object.hasOwn(services, name) && services[name]?.folder === undefined;
}

/** Declared without saying anything: an empty list, an empty set. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || (isData(value) && Object.keys(value).length === 0);
}

const isPresent = (target: string): target is PresentTarget =>
  (presentTargets as readonly string[]).includes(target);
