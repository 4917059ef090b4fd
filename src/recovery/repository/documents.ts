import { createHash } from 'node:crypto';
import { canonicalJson, fail, invariant, ok, type Result } from '#kernel';
import type { Depot } from './contract.ts';
import { collected, contentOf } from './stream.ts';

/** A document holds records, not content. */
export const LONGEST_DOCUMENT = 1024 * 1024;

/** Stores `{sha256, value}`, the checksum being that of the canonical JSON of the value, and reads it back. */
export async function writeDocument(
  depot: Depot,
  path: string,
  value: unknown,
  signal: AbortSignal,
): Promise<Result<null>> {
  const body = canonicalJson(value);
  const text = Buffer.from(`{"sha256":"${checksumOf(body)}","value":${body}}\n`);
  invariant(text.length <= LONGEST_DOCUMENT, `a document has at most ${LONGEST_DOCUMENT} bytes: ${path}`);
  const put = await depot.put(path, contentOf(text), signal);
  if (!put.ok) return put;
  const found = await collected(depot.get(path, signal), LONGEST_DOCUMENT);
  if (found?.equals(text) === true) return ok(null);
  return fail('backup_not_read_back', { place: depot.shown, path, reason: 'it reads differently' });
}

/**
 * The value of a document. Failures: `backup_part_missing`, `backup_place_unreachable`, `backup_document_damaged` (facts:
 * place, path, reason).
 */
export async function readDocument(
  depot: Depot,
  path: string,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  const damaged = (reason: string) => fail('backup_document_damaged', { place: depot.shown, path, reason });
  const found = await collected(depot.get(path, signal), LONGEST_DOCUMENT);
  if (found === null) return damaged('it is longer than 1 MiB');
  const document = parse(found.toString());
  if (document === null) return damaged('it is no JSON with a checksum');
  const { sha256, value } = document;
  return checksumOf(canonicalJson(value)) === sha256 ? ok(value) : damaged('its checksum differs');
}

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function parse(text: string): { readonly sha256: string; readonly value: unknown } | null {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null) return null;
    if (!('sha256' in document) || typeof document.sha256 !== 'string' || !('value' in document)) return null;
    return { sha256: document.sha256, value: document.value };
  } catch {
    return null; // a syntax error
  }
}
