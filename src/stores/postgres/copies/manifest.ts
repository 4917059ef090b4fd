import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ok, type Result } from '#kernel';
import { damaged, MANIFEST_PART } from './detail.ts';

export interface ManifestFile {
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** What the server wrote down about a base backup ("Backup Manifest Format" in PostgreSQL's manual). */
export interface Manifest {
  /** By path in the data folder. */
  readonly files: ReadonlyMap<string, ManifestFile>;
  readonly systemId: string;
}

const stored = z.object({
  'PostgreSQL-Backup-Manifest-Version': z.literal(2),
  'System-Identifier': z.union([z.number(), z.string()]).optional(),
  Files: z.array(
    z
      .object({
        Path: z.string().optional(),
        'Encoded-Path': z.string().optional(),
        Size: z.int().min(0),
        'Checksum-Algorithm': z.literal('SHA256'),
        Checksum: z.string().regex(/^[0-9a-f]{64}$/),
      })
      .refine((file) => (file.Path === undefined) !== (file['Encoded-Path'] === undefined)),
  ),
  'Manifest-Checksum': z.string().regex(/^[0-9a-f]{64}$/),
});

/** Its last line is a checksum of all lines before. Failure: `postgres_copy_damaged` (facts: file, reason). */
export function readManifest(content: Buffer): Result<Manifest> {
  const wrong = (reason: string) => damaged(MANIFEST_PART, reason);
  const parsed = stored.safeParse(jsonOf(content));
  if (!parsed.success) return wrong('it is cut off, or no manifest at all');
  const lastLine = content.lastIndexOf('\n', content.length - 2) + 1;
  const sum = createHash('sha256').update(content.subarray(0, lastLine)).digest('hex');
  if (sum !== parsed.data['Manifest-Checksum']) return wrong('its checksum is another one');
  const files = new Map<string, ManifestFile>();
  for (const { Path, 'Encoded-Path': encoded, Size: bytes, Checksum: sha256 } of parsed.data.Files) {
    // latin1 as in tar-reader.ts: a name need not be UTF-8, and only has to be found again
    const path = Buffer.from(Path ?? encoded ?? '', Path === undefined ? 'hex' : 'utf8').toString('latin1');
    files.set(path, { bytes, sha256 });
  }
  // As text: the number is larger than JSON.parse keeps.
  const systemId = /"System-Identifier": *(\d+)/.exec(content.toString('utf8', 0, 200))?.[1] ?? '';
  return ok({ files, systemId });
}

function jsonOf(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return null;
  }
}
