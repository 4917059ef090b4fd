import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { fail, ok, type Result } from '#kernel';

/** A certificate with its key, ready to be shown to callers. */
export interface Certificate {
  /** Host names it is for, in lower case; `*.example.com` stands for one further label. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly fingerprint: string;
  /** The chain and the key as PEM. */
  readonly chain: string;
  readonly key: string;
  readonly context: SecureContext;
}

/**
 * What every context of the edge speaks: forward secrecy and authenticated encryption only (the intermediate profile of
 * Mozilla's server side TLS, version 5.7).
 */
export const tlsOptions = {
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const;

/**
 * Reads a chain and its key. `source` names them in failures: a file, or a host. Failure: `edge_certificate_unusable` (facts:
 * source, reason).
 */
export function readCertificate(chain: string, key: string, source: string): Result<Certificate> {
  try {
    const leaf = new X509Certificate(chain);
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      return fail('edge_certificate_unusable', { source, reason: 'the key belongs to another certificate' });
    const names = namesOf(leaf);
    if (names.length === 0)
      return fail('edge_certificate_unusable', { source, reason: 'it names no host (subjectAltName)' });
    return ok({
      names,
      notBefore: leaf.validFromDate.getTime(),
      notAfter: leaf.validToDate.getTime(),
      fingerprint: leaf.fingerprint256,
      chain,
      key,
      context: createSecureContext({ cert: chain, key, ...tlsOptions }),
    });
  } catch (reason) {
    // Never the message of a key that cannot be parsed: some versions of OpenSSL show parts of it.
    const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
    return fail('edge_certificate_unusable', {
      source,
      reason: `it cannot be read${code === '' ? '' : ` (${code})`}`,
    });
  }
}

/** Clients look at the alternative names only (RFC 9525, section 6.3). */
function namesOf(leaf: X509Certificate): readonly string[] {
  return [...(leaf.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s"]+)/g)].map(([, name = '']) =>
    name.toLowerCase(),
  );
}

/**
 * The certificate for a host: one that names it before one with a star, and of several the one that is valid for longest. For a
 * name that none has, the first one: the caller's own check tells him better what is wrong than a broken handshake.
 */
export function certificateFor(
  certificates: readonly Certificate[],
  host: string | null,
): Certificate | null {
  const name = (host ?? '').toLowerCase();
  const star = name.replace(/^[^.]+\./, '*.');
  const longest = (wanted: string) =>
    certificates
      .filter(({ names }) => names.includes(wanted))
      .reduce<Certificate | null>(
        (best, one) => (best === null || one.notAfter > best.notAfter ? one : best),
        null,
      );
  return longest(name) ?? longest(star) ?? certificates[0] ?? null;
}
