// @ts-check
/**
 * `node kit/scripts/pack.mjs [folder]`: writes the package as it is published into `kit/dist` (or the folder): JavaScript,
 * declarations, README, LICENSE and a package.json whose doors lead there. Afterwards: `npm publish kit/dist`.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const kit = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(kit, 'dist'));

if (!isOurs(target)) {
  process.stderr.write(`${target} holds something else than a packed fairway-kit: it is not replaced.\n`);
  process.exit(1);
}
rmSync(target, { recursive: true, force: true });
emit(target);
writeFileSync(join(target, 'package.json'), `${JSON.stringify(published(), null, 2)}\n`);
copyFileSync(join(kit, 'README.md'), join(target, 'README.md'));
copyFileSync(join(kit, '..', 'LICENSE'), join(target, 'LICENSE'));
process.stdout.write(`${target}\n`);

/**
 * What may be deleted: nothing, an empty folder, or what this program made.
 * @param {string} folder
 */
function isOurs(folder) {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return true;
  const file = join(folder, 'package.json');
  // The sources have their doors in src.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.includes('"name": "fairway-kit"') && !existsSync(join(folder, 'src'));
}

/** @param {string} folder */
function emit(folder) {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(typescript, '..', 'bin', 'tsc');
  const project = ['-p', join(kit, 'tsconfig.build.json'), '--outDir', folder];
  execFileSync(process.execPath, [tsc, ...project], { stdio: ['ignore', 2, 2] });
  // The compiler leaves the endings in declarations as they are; a reader without the sources needs the others.
  for (const path of globSync('**/*.d.ts', { cwd: folder })) {
    const text = readFileSync(join(folder, path), 'utf8');
    writeFileSync(join(folder, path), text.replaceAll(/(['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}

/**
 * The package.json of the sources, with doors to what was emitted and without what only its development needs.
 * @returns {Record<string, unknown>}
 */
function published() {
  const {
    devDependencies: _,
    exports,
    ...rest
  } = /** @type {Record<string, unknown>} */ (JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8')));
  const doors = Object.entries(/** @type {Record<string, string>} */ (exports)).map(([door, source]) => {
    const file = source.replace('./src/', './').replace(/\.ts$/, '');
    if (!existsSync(join(target, `${file}.js`)))
      throw new Error(`${door} leads to ${source}, which was not emitted.`);
    return [door, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  return { ...rest, exports: Object.fromEntries(doors), sideEffects: false };
}
