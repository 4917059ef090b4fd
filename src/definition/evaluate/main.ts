import { readFileSync, writeSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Program, parse } from 'acorn';
import { importPositions, literalPositions } from './literals.ts';
import type { Position } from '../positions.ts';
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

/** The file as acorn reads it, or where it cannot be read. */
type Parsed =
  | { readonly program: Program; readonly wrongAt: null }
  | { readonly program: null; readonly wrongAt: Position | null };

function parseFile(): Parsed {
  try {
    const text = readFileSync(file, 'utf8');
    const script = /\.m?ts$/.test(file) ? stripTypeScriptTypes(text) : text;
    return {
      program: parse(script, { ecmaVersion: 'latest', sourceType: 'module', locations: true }),
      wrongAt: null,
    };
  } catch (reason) {
    const { loc } = reason as { loc?: { line: number; column: number } };
    return { program: null, wrongAt: loc === undefined ? null : [loc.line, loc.column + 1] };
  }
}

function tellError(reason: unknown, { program, wrongAt }: Parsed): void {
  const error = reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  const common = { kind: 'threw', message: error.message, code } as const;
  const place = placeOf(
    reason instanceof Error ? (error.stack ?? '') : '',
    dirname(dirname(import.meta.dirname)),
  );
  // An import that leads nowhere and a wrong text have no frame in the file itself.
  const wanted = /'([^']+)'/.exec(error.message)?.[1] ?? '';
  const asked = importPositions(program).find(([specifier]) => wanted.endsWith(basename(specifier)));
  if (place.file !== null) say({ ...common, ...place });
  else if (error.name === 'SyntaxError' && wrongAt !== null)
    say({ ...common, file, at: wrongAt, isSyntax: true });
  else say({ ...common, file, at: asked?.[1] ?? place.at, isSyntax: error.name === 'SyntaxError' });
}

/** A copied folder has no package "fairway" near it: the definition always gets the one that reads it. */
const face = new URL(`../../index${extname(fileURLToPath(import.meta.url))}`, import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'fairway' ? { url: face, shortCircuit: true } : next(specifier, context),
});

const parsed = parseFile();
const tree = parsed.program === null ? null : literalPositions(parsed.program);
if (tree !== null) say({ kind: 'positions', tree });
process.on('uncaughtException', (reason) => {
  tellError(reason, parsed);
  process.exit(0);
});
try {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  const exported: unknown = await Promise.resolve(loaded.default);
  if (exported === undefined) say({ kind: 'noExport' });
  else say({ kind: 'value', ...plain(exported) });
} catch (reason) {
  tellError(reason, parsed);
}
process.exit(0); // whatever timers and sockets the definition left open
