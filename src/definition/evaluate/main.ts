import { readFileSync, writeSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Program, parse } from 'acorn';
import { importPositions, literalPositions } from './literals.ts';
import type { Message } from './messages.ts';
import { placeOf } from './place.ts';
import { plain } from './plain.ts';

/*
 * Runs one definition file in a process of its own and writes what it exports to file descriptor 3. Its module graph is
 * fresh each time; it may read files, but not write any or start programs.
 */

const messages = 3;
const [file = ''] = process.argv.slice(2);

function say(message: Message): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(messages, bytes, written);
}

function programOf(): Program | null {
  try {
    const text = readFileSync(file, 'utf8');
    const script = /\.m?ts$/.test(file) ? stripTypeScriptTypes(text) : text;
    return parse(script, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  } catch {
    return null; // what is wrong with it is told by running it
  }
}

function tellError(reason: unknown, program: Program | null): void {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const place = placeOf(error.stack ?? '', dirname(dirname(import.meta.dirname)));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // A module that was not found has no frame in the file that asked for it.
  const asked =
    place.file === null && program !== null
      ? importPositions(program).find(([specifier]) => error.message.includes(basename(specifier)))
      : undefined;
  say({
    kind: 'threw',
    file: asked === undefined ? place.file : file,
    at: asked?.[1] ?? place.at,
    name: error.name,
    message: error.message,
    code,
  });
}

/** A copied folder has no package "fairway" near it: the definition always gets the one that reads it. */
const face = new URL(`../../index${extname(fileURLToPath(import.meta.url))}`, import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'fairway' ? { url: face, shortCircuit: true } : next(specifier, context),
});

const program = programOf();
const tree = program === null ? null : literalPositions(program);
if (tree !== null) say({ kind: 'positions', tree });
process.on('uncaughtException', (reason) => {
  tellError(reason, program);
  process.exit(0);
});
try {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  if (loaded.default === undefined) say({ kind: 'noExport' });
  else say({ kind: 'value', ...plain(await loaded.default) });
} catch (reason) {
  tellError(reason, program);
}
process.exit(0); // whatever timers and sockets the definition left open
