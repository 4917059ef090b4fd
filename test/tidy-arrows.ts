import { dirname, join, normalize } from 'node:path/posix';
import { type Import, importsOf, type Source } from './tidy-source.ts';

/**
 * Which part of `src` may import which: this table is the architecture. A part is a folder; `core/*` stands for each
 * folder in it. `(types)` allows only what is gone at run time. `host` is the composition root: src/main.ts, src/host and
 * src/demo. Tests may import every face.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  process: ['kernel'],
  'core/*': ['kernel', 'core/*'],
  ports: ['kernel', 'core/*'],
  store: ['kernel', 'ports'],
  edge: ['kernel'],
  router: ['kernel', 'process', 'core/gate', 'edge'],
  haproxy: ['kernel', 'process', 'core/gate', 'router'],
  stores: ['kernel', 'process', 'core/system', 'ports (types)'],
  signals: ['kernel', 'core/gate', 'core/system'],
  migrate: ['kernel'],
  'targets/*': [
    'kernel',
    'process',
    'core/*',
    'ports',
    'render',
    'signals',
    'router (types)',
    'stores (types)',
  ],
  render: ['kernel', 'core/*'],
  definition: ['kernel', 'core/*'],
  load: ['kernel'],
  recovery: ['kernel', 'process', 'core/*', 'ports'],
  engine: ['kernel', 'core/*', 'ports'],
  api: ['kernel', 'core/*'],
  server: ['kernel', 'core/*', 'api', 'engine', 'ports', 'recovery (types)'],
  cli: ['kernel', 'core/*', 'api'],
  host: ['*'],
  'index.ts': ['core/system'],
};

/** Parts that only compute, with the modules they may use for it; no clock, no I/O, and in core and render no promise. */
const pure: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  'core/system': ['node:crypto', 'zod'],
  'core/*': ['node:crypto', 'zod'],
  render: ['node:crypto', 'node:path/posix'],
};

export interface Project {
  readonly sources: readonly Source[];
  /** The faces: package.json's "imports". */
  readonly faces: Readonly<Record<string, string>>;
}

/** Every import in `src` that the table does not allow, or that reaches past a face. */
export function brokenArrows({ sources, faces }: Project): readonly string[] {
  return sources
    .filter(({ path }) => path.startsWith('src/'))
    .flatMap((source) =>
      importsOf(source).flatMap((found) => {
        const problem = problemOf(source, found, faces);
        return problem === null ? [] : [`${source.path}:${found.line} ${problem}`];
      }),
    );
}

/** Faces that name no file, and folders of `src` without a row in the table. */
export function unknownParts({ sources, faces }: Project): readonly string[] {
  const paths = new Set(sources.map(({ path }) => path));
  const parts = new Set([...paths].filter((path) => path.startsWith('src/')).map(partOf));
  return [
    ...Object.entries(faces)
      .filter(([, target]) => !paths.has(normalize(target)))
      .map(
        ([face, target]) =>
          `package.json: ${face} names ${target}, which is not there; write it or drop the face`,
      ),
    ...[...parts]
      .filter((part) => allowedFor(part) === null)
      .map(
        (part) =>
          `src/${part} has no row in mayImport (test/tidy-arrows.ts); add one that says what it may import`,
      ),
  ];
}

/** Each group of files of `src` that import each other in a circle, as `a → b → a`. */
export function cycles({ sources, faces }: Project): readonly string[] {
  const product = sources.filter(({ path }) => path.startsWith('src/') && !isTest(path));
  const paths = new Set(product.map(({ path }) => path));
  const targets = new Map(
    product.map((source) => [
      source.path,
      importsOf(source)
        .map(({ specifier }) => resolve(source.path, specifier, faces))
        .filter((path): path is string => path !== null && paths.has(path)),
    ]),
  );
  const found: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string) => {
    const seenAt = trail.indexOf(path);
    if (seenAt !== -1) found.push([...trail.slice(seenAt), path].join(' → '));
    if (seenAt !== -1 || finished.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    finished.add(path);
  };
  for (const path of paths) visit(path);
  return found;
}

/** The part a file of `src` belongs to: `core/gate` for src/core/gate/counts.ts, `host` for src/main.ts. */
export function partOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first === 'main.ts' || first === 'demo') return 'host';
  return first === 'core' || first === 'targets' ? `${first}/${second}` : first;
}

function problemOf({ path }: Source, found: Import, faces: Project['faces']): string | null {
  const { specifier, typeOnly } = found;
  const from = partOf(path);
  const target = resolve(path, specifier, faces);
  if (target === null) return specifier.startsWith('#') ? unknownFace(specifier) : impurity(path, specifier);
  if (!target.startsWith('src/'))
    return isTest(path) ? null : `imports ${specifier}, which lies outside src; move it into src`;
  const to = partOf(target);
  if (to === from)
    return specifier.startsWith('#') && !isTest(path)
      ? `imports its own face ${specifier}; write ./file.ts`
      : null;
  if (isTest(path) && isTest(target)) return null;
  if (!specifier.startsWith('#'))
    return `reaches into src/${to} past its face; export it from src/${to}/index.ts and import #${to}`;
  if (isTest(path)) return null;
  const allowed = allowedFor(from);
  if (allowed === null) return null; // said once, by unknownParts
  if (allows(allowed, to)) return null;
  if (allows(allowed, `${to} (types)`)) {
    return typeOnly
      ? null
      : `imports values from #${to}, of which it may know the types only; take them as an argument`;
  }
  return `src/${from} may not import #${to} (see mayImport in test/tidy-arrows.ts); take it as an argument or move the code`;
}

const unknownFace = (specifier: string) =>
  `imports ${specifier}, which is no face in package.json's "imports"; use the folder's face`;

function impurity(path: string, specifier: string): string | null {
  const part = partOf(path);
  const allowed = pure[part] ?? pure[groupOf(part)];
  if (allowed === undefined || isTest(path) || allowed.includes(specifier)) return null;
  return `src/${part} only computes and may not import ${specifier}; take what it gives as an argument`;
}

/** The file a specifier means; null for packages and for faces that do not exist. */
function resolve(path: string, specifier: string, faces: Project['faces']): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier));
  const face = faces[specifier];
  return face === undefined ? null : normalize(face);
}

function allowedFor(part: string): readonly string[] | null {
  return mayImport[part] ?? mayImport[groupOf(part)] ?? null;
}

function allows(allowed: readonly string[], to: string): boolean {
  return allowed.includes('*') || allowed.includes(to) || allowed.includes(groupOf(to));
}

const groupOf = (part: string) => part.replace(/\/.*/, '/*');

/** Tests, what they share and the programs they start. */
export const isTest = (path: string) => /\.(?:test|fixture)\.ts$|^test\/|\/testing\//.test(path);
