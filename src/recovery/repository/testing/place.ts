import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { onTestFinished } from 'vitest';
import { type Failure, type Result, Thrown } from '#kernel';
import type { Content } from '#ports';
import type { RecoveryKey } from '../contract.ts';

export const never = new AbortController().signal;

/** A folder that goes away with the test. */
export async function makeTempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-depot-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function makeKey(): Promise<RecoveryKey> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Content in pieces of a size. */
export async function* inPieces(bytes: Uint8Array, size: number): Content {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Half of it repeats itself, so that it compresses to about half. */
export function someBytes(length: number): Buffer {
  const random = randomBytes(Math.ceil(length / 2));
  return Buffer.concat([random, Buffer.alloc(length - random.length, 'row ')]);
}

export async function readAll(content: Content): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The failure that content ends in. */
export async function failureOf(content: Content): Promise<Failure> {
  try {
    await readAll(content);
  } catch (reason) {
    if (reason instanceof Thrown) return reason.failure;
    throw reason;
  }
  throw new Error('the content was read to its end');
}

export function valueIn<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

export function codeIn(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code;
}

/** Changes a file in place. */
export async function changeFile(file: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(file, change(await readFile(file)));
}
