import type { Instant } from '#kernel';
import {
  ALGORITHM,
  type Credentials,
  type Scope,
  scopeText,
  sha256,
  signingKey,
  signRequest,
  timestampOf,
} from './protocol/signature.ts';

export interface RequestToSign {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  readonly credentials: Credentials;
  readonly now: Instant;
}

/** The headers that make a request ours; `host` is signed too, and sent by fetch itself. */
export function signedHeaders({
  method,
  url,
  body,
  credentials,
  now,
}: RequestToSign): Record<string, string> {
  const scope: Scope = { timestamp: timestampOf(now), region: credentials.region };
  const payload = sha256(body);
  const headers = { host: url.host, 'x-amz-content-sha256': payload, 'x-amz-date': scope.timestamp };
  const names = Object.keys(headers); // sorted already
  const signature = signRequest(signingKey(credentials.secretAccessKey, scope), scope, {
    method,
    path: url.pathname,
    query: [...url.searchParams],
    headers,
    signedHeaders: names,
    payload,
  });
  const { host: _, ...sent } = headers;
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  return {
    ...sent,
    authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature.toString('hex')}`,
  };
}
