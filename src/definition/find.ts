import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '#core/system';
import { err, ok, type Result } from '#kernel';
import { findingAt } from './findings.ts';

const scripts = ['fairway.config.ts', 'fairway.config.mts', 'fairway.config.js', 'fairway.config.mjs'];
const texts = ['fairway.config.yaml', 'fairway.config.yml', 'fairway.config.json'];
const largest = 1_048_576;

export interface DefinitionFile {
  /** The folder as it was given, joined with the name of the file. */
  readonly path: string;
  readonly kind: 'script' | 'yaml' | 'json';
  readonly text: string;
}

/** Finds the one definition file of a folder and reads it. */
export async function findDefinition(folder: string): Promise<Result<DefinitionFile, readonly Finding[]>> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (reason) {
    const sentence = `The folder ${folder} cannot be read: ${whyNot(reason)}.`;
    return err([
      findingAt(folder, 'definition_not_found', sentence, { hint: 'name the folder of a system' }),
    ]);
  }
  const present = [...scripts, ...texts].filter((name) => names.includes(name));
  const [name, second] = present;
  if (name === undefined) return err([notFound(folder, names)]);
  if (second !== undefined) {
    const sentence = `The folder has ${present.join(' and ')}: which one counts?`;
    const hint = 'keep one of them';
    return err([findingAt(join(folder, second), 'definition_ambiguous', sentence, { hint })]);
  }
  return readDefinition(join(folder, name), name);
}

async function readDefinition(
  path: string,
  name: string,
): Promise<Result<DefinitionFile, readonly Finding[]>> {
  const kind = scripts.includes(name) ? 'script' : name.endsWith('.json') ? 'json' : 'yaml';
  try {
    const { size } = await stat(path);
    if (size > largest) {
      const sentence = `The file has ${size} bytes; a definition may have ${largest}.`;
      return err([findingAt(path, 'definition_too_large', sentence)]);
    }
    const text = await readFile(path, 'utf8');
    return ok({ path, kind, text: text.replace(/^\uFEFF/, '') });
  } catch (reason) {
    const sentence = `The file cannot be read: ${whyNot(reason)}.`;
    return err([findingAt(path, 'definition_unreadable', sentence)]);
  }
}

function notFound(folder: string, names: readonly string[]): Finding {
  const similar = names.find((name) => /^fairway(\.config)?\.\w+$/.test(name));
  const hint =
    similar === undefined
      ? 'write a fairway.config.ts there, or name another folder'
      : `rename ${similar} to fairway.config${similar.slice(similar.lastIndexOf('.'))}, as one of ${[...scripts, ...texts].map((name) => name.slice(14)).join(', ')}`;
  return findingAt(folder, 'definition_not_found', `The folder ${folder} has no fairway.config file.`, {
    hint,
  });
}

/** The system's own code for it, without the path, which may be long and is said already. */
function whyNot(reason: unknown): string {
  const code: unknown = reason instanceof Error && 'code' in reason ? reason.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'access is denied';
  if (code === 'ENOTDIR') return 'it is no folder';
  if (code === 'EISDIR') return 'it is a folder';
  return String(code ?? reason);
}
