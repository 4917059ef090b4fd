import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  declaredPaths,
  type Finding,
  pathText,
  problem,
  type Problem,
  readSystem,
  type System,
} from '#core/system';
import { err, ok, type Result } from '#kernel';
import { findDefinition } from './find.ts';
import { locateAll, sorted } from './findings.ts';
import { knownDepth, type PositionTree } from './positions.ts';
import { type LoadOptions, runScript } from './script.ts';
import { readText } from './yaml.ts';

/** A definition without errors. */
export interface Loaded {
  readonly system: System;
  /** As it was given. */
  readonly folder: string;
  /** The definition file: the folder joined with its name. */
  readonly file: string;
  /** Warnings and notes, by place. */
  readonly findings: readonly Finding[];
}

/**
 * Reads the definition of a system from its folder: `fairway.config` with one of the endings .ts, .mts, .js, .mjs, .yaml,
 * .yml, .json. Whatever is wrong comes back as findings, all of them at once, by place; among them is at least one error.
 */
export async function loadDefinition(
  folder: string,
  options: LoadOptions,
): Promise<Result<Loaded, readonly Finding[]>> {
  const found = await findDefinition(folder);
  if (!found.ok) return found;
  const file = found.value;
  const read = file.kind === 'script' ? await runScript(file, options) : readText(file);
  if (!read.ok) return err(sorted(read.error));

  const { value, positions } = read.value;
  const { system, problems } = readSystem(value);
  const missing = system === null ? [] : await missingPaths(folder, system, positions);
  const findings = sorted(locateAll(file.path, positions, [...problems, ...missing]));
  return system === null ? err(findings) : ok({ system, folder, file: file.path, findings });
}

/** Folders and files that are declared for this machine and not there: each is told once, where it is first named. */
async function missingPaths(
  folder: string,
  system: System,
  positions: PositionTree | null,
): Promise<readonly Problem[]> {
  const problems = new Map<string, Problem | null>();
  for (const [name, environment] of Object.entries(system.environments)) {
    if (environment.target !== 'local') continue;
    for (const { path, value } of declaredPaths(environment)) {
      if (problems.has(value)) continue;
      problems.set(value, null);
      if (await exists(join(folder, value))) continue;
      const changed = ['environments', name, ...path];
      const place = knownDepth(positions, changed) === changed.length ? changed : path;
      const sentence = `${pathText(place)} names ${JSON.stringify(value)}, which is not there.`;
      const hint = 'create it, or write the path relative to the folder of the system';
      problems.set(
        value,
        problem('definition_folder_missing', place, sentence, { severity: 'warning', hint }),
      );
    }
  }
  return [...problems.values()].filter((found) => found !== null);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
