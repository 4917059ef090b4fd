import { type ChildProcess, spawn } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finding, notData } from '#core/system';
import { type Clock, err, formatDuration, ok, type Result, seconds } from '#kernel';
import type { Message } from './evaluate/messages.ts';
import type { DefinitionFile } from './find.ts';
import { findingAt, locateAll } from './findings.ts';
import type { PositionTree } from './positions.ts';
import type { ReadText } from './yaml.ts';

export interface LoadOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const timeLimit = seconds(10);
/** Of all messages together; the positions of a large definition need more than the definition. */
const largestAnswer = 16 * 1_048_576;
const program = join(import.meta.dirname, 'evaluate', `main${extname(fileURLToPath(import.meta.url))}`);

/**
 * Runs a definition that is a program, in a process of its own: a fresh module graph each time, no environment variables,
 * no files written, no programs started, ten seconds. What it prints goes nowhere.
 */
export async function runScript(
  file: DefinitionFile,
  options: LoadOptions,
): Promise<Result<ReadText, readonly Finding[]>> {
  const path = await realpath(file.path).catch(() => resolve(file.path));
  const answer = await ask(path, options);
  if (answer.end === 'refused') return err([findingAt(file.path, ...answer.finding)]);
  const messages = answer.messages;
  const positions = messages.find(({ kind }) => kind === 'positions');
  const tree = positions?.kind === 'positions' ? positions.tree : null;
  const outcome = messages.find(({ kind }) => kind !== 'positions');
  if (outcome === undefined) {
    const sentence = `The program that ran the file ended before the definition was there (${answer.how}).`;
    const hint = 'a definition must not end the process';
    return err([findingAt(file.path, 'definition_exited', sentence, { hint })]);
  }
  return understand(outcome, file, path, tree);
}

function understand(
  outcome: Message,
  file: DefinitionFile,
  path: string,
  tree: PositionTree | null,
): Result<ReadText, readonly Finding[]> {
  switch (outcome.kind) {
    case 'value':
      if (outcome.odd.length > 0)
        return err(
          locateAll(
            file.path,
            tree,
            outcome.odd.map((odd) => notData(odd.path, odd.what)),
          ),
        );
      return ok({ value: outcome.value, positions: tree });
    case 'threw':
      return err([thrown(outcome, file, path)]);
    case 'noExport':
    case 'positions': {
      const hint = 'write export default defineSystem({ … })';
      return err([findingAt(file.path, 'definition_no_export', 'The file has no default export.', { hint })]);
    }
  }
}

function thrown(error: Extract<Message, { kind: 'threw' }>, file: DefinitionFile, path: string): Finding {
  const where = error.file === null || error.file === path ? file.path : near(error.file, file.path, path);
  const message = error.message.split('\n', 1)[0] ?? '';
  const at = error.at;
  if (error.isSyntax)
    return findingAt(where, 'definition_syntax', `The file cannot be read as a program: ${ended(message)}`, {
      at,
    });
  if (error.code === 'ERR_ACCESS_DENIED')
    return findingAt(where, 'definition_threw', 'The file does what a definition may not do.', {
      at,
      hint: 'a definition may read files, but not write any, start programs or load native code',
    });
  if (error.code === 'ERR_MODULE_NOT_FOUND')
    return findingAt(where, 'definition_threw', ended(message.replace(/ imported from .*$/, '')), {
      at,
      hint: 'check the name, its ending (.ts) and whether it is installed',
    });
  return findingAt(where, 'definition_threw', `The file threw an error: ${ended(message)}`, { at });
}

/** Another file of the author's, named like the definition was. */
function near(other: string, given: string, path: string): string {
  const way = relative(dirname(path), other);
  return isAbsolute(way) ? other : join(dirname(given), way);
}

const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

type Answer =
  | { readonly end: 'answered'; readonly messages: readonly Message[]; readonly how: string }
  | {
      readonly end: 'refused';
      readonly finding: readonly [
        kind: 'definition_timeout' | 'definition_cancelled' | 'definition_too_large' | 'definition_exited',
        sentence: string,
      ];
    };

async function ask(path: string, { clock, signal }: LoadOptions): Promise<Answer> {
  if (signal.aborted) return cancelled;
  const flags = ['--permission', '--allow-fs-read=*', '--no-warnings', '--max-old-space-size=512'];
  const child = spawn(process.execPath, [...flags, program, path], {
    cwd: dirname(path),
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ended = new AbortController();
  const answer = collect(child).finally(() => ended.abort());
  const late = clock.sleep(timeLimit, AbortSignal.any([ended.signal, signal])).then((): Answer | null => {
    if (ended.signal.aborted) return null;
    return signal.aborted ? cancelled : timedOut;
  });
  const first = await Promise.race([answer, late]);
  child.kill('SIGKILL');
  return first ?? answer;
}

const cancelled: Answer = { end: 'refused', finding: ['definition_cancelled', 'Reading was cancelled.'] };
const timedOut: Answer = {
  end: 'refused',
  finding: ['definition_timeout', `The file was still running after ${formatDuration(timeLimit)}.`],
};

function collect(child: ChildProcess): Promise<Answer> {
  const output = child.stdio[3];
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((done) => {
    output?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= largestAnswer) chunks.push(chunk);
      else {
        child.kill('SIGKILL');
        const sentence = `What the file exports is larger than ${largestAnswer} bytes.`;
        done({ end: 'refused', finding: ['definition_too_large', sentence] });
      }
    });
    output?.on('error', () => child.kill('SIGKILL'));
    child.once('error', (reason) =>
      done({
        end: 'refused',
        finding: ['definition_exited', `Node could not be started: ${reason.message}.`],
      }),
    );
    child.once('close', (code, signal) =>
      done({
        end: 'answered',
        messages: messagesIn(Buffer.concat(chunks)),
        how: signal ?? `exit code ${code ?? 0}`,
      }),
    );
  });
}

/** The definition may have written to the same place: what is no message of ours is passed over. */
function messagesIn(bytes: Buffer): readonly Message[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const message: unknown = JSON.parse(line);
        return typeof message === 'object' && message !== null && 'kind' in message
          ? [message as Message]
          : [];
      } catch {
        return [];
      }
    });
}
