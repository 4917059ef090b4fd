import { createHash } from 'node:crypto';

/** A PDF must be smaller than this, in bytes: 10 MB. */
export const uploadLimit = 10_000_000;

export type UploadProblem = 'upload_too_large' | 'upload_no_pdf' | 'upload_active';

export type CheckedUpload =
  | { readonly ok: true; readonly value: { readonly bytes: number; readonly sha256: string } }
  | { readonly ok: false; readonly code: UploadProblem };

/**
 * Looks at a file as what it is, not as what it is called: a PDF says so in its first bytes and ends with its own mark. One that
 * says openly that it runs programs or carries files is refused; what compressed objects say is not looked at.
 */
export function checkUpload(file: Buffer): CheckedUpload {
  if (file.length >= uploadLimit) return { ok: false, code: 'upload_too_large' };
  const isPdf = /^%PDF-[12]\.\d/.test(file.toString('latin1', 0, 8));
  const isWhole = file.subarray(-1_024).includes('%%EOF');
  if (!isPdf || !isWhole) return { ok: false, code: 'upload_no_pdf' };
  if (activeNames.test(file.toString('latin1'))) return { ok: false, code: 'upload_active' };
  const sha256 = createHash('sha256').update(file).digest('hex');
  return { ok: true, value: { bytes: file.length, sha256 } };
}

/** One letter of a name, also as `#4A` is one (ISO 32000-1, 7.3.5). */
const letter = (one: string) =>
  `(?:${one}|#${hexOf(one).replaceAll(/[A-F]/g, (each) => `[${each}${each.toLowerCase()}]`)})`;
const hexOf = (one: string) => one.charCodeAt(0).toString(16).toUpperCase();
const name = (text: string) => `/${Array.from(text, letter).join('')}`;

/**
 * Names that make a reader run something or unpack a file (ISO 32000-1, 12.6.4 and 7.11.4). They are long enough that no
 * compressed picture holds one by chance, so they are looked for everywhere: what only looks like a stream hides none. No file
 * is decoded or taken apart for it, which would take seconds where somebody has made it so.
 */
const activeNames = new RegExp(
  `(?:${['JavaScript', 'Launch', 'EmbeddedFile', 'EmbeddedFiles', 'Rendition', 'RichMedia'].map(name).join('|')})(?![A-Za-z0-9])`,
);
