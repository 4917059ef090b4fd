import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib';
import type { Encoding } from '#edge';

/**
 * Compresses an answer while it passes. Of one whose length nobody knows every part leaves at once: it may be a slow
 * stream that somebody reads. The levels cost about as much time as sending the bytes saves on a good line.
 */
export function createEncoder(encoding: Encoding, isStream: boolean): Transform {
  switch (encoding) {
    case 'gzip':
      return createGzip({ level: 5, ...(isStream ? { flush: constants.Z_SYNC_FLUSH } : {}) });
    case 'br':
      return createBrotliCompress({
        params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
        ...(isStream ? { flush: constants.BROTLI_OPERATION_FLUSH } : {}),
      });
    case 'zstd':
      return createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: 3 },
        ...(isStream ? { flush: constants.ZSTD_e_flush } : {}),
      });
  }
}
