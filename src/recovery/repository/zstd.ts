import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Content } from '#ports';
import { NotOpened } from './not-opened.ts';
import { codeOf, reasonOf } from './stream.ts';

/** Compresses with the checksum of the format in it, so that `zstd -t` says something. */
export function compressed(content: Content): Content {
  const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = constants;
  return through(
    content,
    createZstdCompress({
      chunkSize: PIECE,
      params: { [ZSTD_c_checksumFlag]: 1, [ZSTD_c_compressionLevel]: LEVEL },
    }),
  );
}

/** Throws `NotOpened` for what is no whole zstd. */
export async function* decompressed(content: Content): Content {
  try {
    yield* through(content, createZstdDecompress({ chunkSize: PIECE }));
  } catch (reason) {
    const isFormat = codeOf(reason).startsWith('ZSTD_') || codeOf(reason).startsWith('Z_');
    throw isFormat ? new NotOpened('damaged', `it cannot be decompressed: ${reasonOf(reason)}`) : reason;
  }
}

const PIECE = 256 * 1024;
/** The default of the zstd tool. */
const LEVEL = 3;

/** Pulled by its reader; whichever side ends early ends the other. */
async function* through(content: Content, transform: Transform): Content {
  const source = Readable.from(content, { highWaterMark: 1 });
  // Errors arrive at the reader of the last stream.
  pipeline(source, transform, () => {});
  try {
    for await (const piece of transform) yield piece as Uint8Array;
  } finally {
    transform.destroy();
  }
}
