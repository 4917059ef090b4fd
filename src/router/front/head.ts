import { isCompressible, negotiate, weakened, withName } from '#edge';
import type { Visit } from './request.ts';
import type { Field, Head } from './response.ts';
import type { Rules } from './rules.ts';

interface Given {
  readonly rules: Rules;
  readonly visit: Visit;
  readonly status: number;
  readonly fields: readonly Field[];
  /** Of the edge, for this very answer. */
  readonly extra: readonly Field[];
  /** Name of the cookie by which the router keeps callers together; null: it sets none. */
  readonly affinity: string | null;
}

/** The head of an answer as it leaves the edge, and what it says of who answered. */
export function headOf(
  given: Given,
): Head & { readonly revision: string | null; readonly requestId: string | null } {
  const { rules, visit, status, affinity } = given;
  const encoded = rules.settings.compression ? encode(given) : { fields: given.fields, encoding: null };
  const own = visit.isSecure ? rules.headers.secure : rules.headers.plain;
  const has = new Set(encoded.fields.map(([name]) => name.toLowerCase()));
  const fields = [
    ...encoded.fields.map((field) => (visit.isSecure ? securely(field, affinity) : field)),
    ...[...given.extra, ...own].filter(([name]) => !has.has(name)),
  ];
  const valueOf = (wanted: string) => fieldOf(given.fields, wanted);
  return {
    status,
    fields,
    encoding: encoded.encoding,
    revision: valueOf('x-fairway-revision'),
    requestId: valueOf('x-request-id'),
  };
}

function encode({ visit, status, fields }: Given): Pick<Head, 'fields' | 'encoding'> {
  const header = (name: string) => fieldOf(fields, name);
  if (!isCompressible({ method: visit.method, status, header })) return { fields, encoding: null };
  const encoding = negotiate(visit.header('accept-encoding'));
  const vary = withName(header('vary'), 'accept-encoding');
  const varied: Field[] = [...fields.filter(([name]) => name.toLowerCase() !== 'vary'), ['vary', vary]];
  if (encoding === null) return { fields: varied, encoding: null };
  const changed = varied.flatMap(([name, value]): Field[] => {
    const lower = name.toLowerCase();
    if (
      [
        'content-length',
        'content-encoding',
        'content-md5',
        'digest',
        'content-digest',
        'accept-ranges',
      ].includes(lower)
    )
      return [];
    return [[name, lower === 'etag' ? weakened(value) : value]];
  });
  return { fields: [...changed, ['content-encoding', encoding]], encoding };
}

/** The router's own cookie is set without knowing of TLS in front of it. */
function securely([name, value]: Field, affinity: string | null): Field {
  const isOurs = affinity !== null && name.toLowerCase() === 'set-cookie' && value.startsWith(`${affinity}=`);
  return isOurs && !/;\s*secure/i.test(value) ? [name, `${value}; Secure`] : [name, value];
}

function fieldOf(fields: readonly Field[], wanted: string): string | null {
  const values = fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values.length === 0 ? null : values.join(', ');
}
