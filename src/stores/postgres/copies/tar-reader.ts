const BLOCK = 512;

/** An entry as its header tells; `path` byte for byte as latin1, without a slash at its end. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
}

/** Told what an archive holds, in its order; throws to end the reading. */
export interface TarListener {
  entry(entry: TarEntry): void;
  /** Content of the file told last. */
  data(bytes: Buffer): void;
  fileEnd(): void;
}

export interface TarReader {
  /** Throws a TarError for what is no archive. */
  write(bytes: Buffer): void;
  /** Throws a TarError when the archive is cut off. */
  end(): void;
}

export class TarError extends Error {}

/**
 * Reads the headers of an archive as Postgres writes it: POSIX ustar, sizes beyond 8 GiB in base 256, no extensions
 * (tarCreateHeader in PostgreSQL's src/port/tar.c).
 */
export function tarReader(listener: TarListener): TarReader {
  const header = Buffer.alloc(BLOCK);
  let filled = 0;
  /** Of the entry that is read: content and padding still to come. */
  let [content, padding] = [0, 0];
  let isOpen = false;
  let isDone = false;
  const begin = (entry: TarEntry) => {
    listener.entry(entry);
    content = entry.bytes;
    padding = (BLOCK - (entry.bytes % BLOCK)) % BLOCK;
    isOpen = entry.kind === 'file';
    if (isOpen && content === 0) finish();
  };
  const finish = () => {
    isOpen = false;
    listener.fileEnd();
  };
  return {
    write(bytes) {
      let at = 0;
      while (at < bytes.length && !isDone) {
        if (content > 0) {
          const part = bytes.subarray(at, at + content);
          listener.data(part);
          content -= part.length;
          at += part.length;
          if (content === 0 && isOpen) finish();
        } else if (padding > 0) {
          const skipped = Math.min(padding, bytes.length - at);
          padding -= skipped;
          at += skipped;
        } else {
          const part = bytes.subarray(at, at + BLOCK - filled);
          part.copy(header, filled);
          filled += part.length;
          at += part.length;
          if (filled < BLOCK) continue;
          filled = 0;
          const entry = readHeader(header);
          if (entry === null) isDone = true;
          else begin(entry);
        }
      }
    },
    end() {
      if (!isDone) throw new TarError('it is cut off');
    },
  };
}

/** Null for the empty block that ends an archive. */
function readHeader(header: Buffer): TarEntry | null {
  if (header.every((byte) => byte === 0)) return null;
  if (header.toString('latin1', 257, 262) !== 'ustar' || sumOf(header) !== octal(header, 148, 8))
    throw new TarError('a header in it is damaged');
  const [prefix, name] = [text(header, 345, 155), text(header, 0, 100)];
  const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/\/$/, '');
  const type = header.toString('latin1', 156, 157);
  const kind = type === '0' || type === '\0' ? 'file' : type === '5' ? 'folder' : 'other';
  return { path, kind, bytes: kind === 'file' ? sizeOf(header) : 0 };
}

function sumOf(header: Buffer): number {
  let sum = 8 * 32; // the field of the sum itself counts as spaces
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += header[at] ?? 0;
  return sum;
}

function sizeOf(header: Buffer): number {
  if (((header[124] ?? 0) & 0x80) === 0) return octal(header, 124, 12);
  return Number(header.readBigUInt64BE(128));
}

const octal = (header: Buffer, from: number, length: number) =>
  Number.parseInt(text(header, from, length).trim() || '0', 8);

function text(header: Buffer, from: number, length: number): string {
  const field = header.toString('latin1', from, from + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
