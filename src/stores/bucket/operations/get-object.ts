import { ok } from '#kernel';
import { isHeader } from '../protocol/authenticate.ts';
import { checksumHeaders } from '../protocol/checksum.ts';
import { type Answer, refuse } from '../protocol/refusal.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { StoredObject } from '../storage/versions.ts';
import { type Call, httpTime, quoted, type Reply, type ReplyStream } from './call.ts';
import { judgeRead } from './conditions.ts';
import { descriptionHeaders, KEPT_HEADERS } from './description.ts';
import { type ByteRange, parseRange } from './range.ts';
import { selectObject, versionHeader } from './select.ts';

export const getObject = (call: Call) => readObject(call, true);
export const headObject = (call: Call) => readObject(call, false);

function readObject(call: Call, withBody: boolean): Answer<Reply> {
  const { store, headers } = call;
  const selected = selectObject(store.database, call.bucket, call.key, call.query.get('versionId') ?? null);
  if (!selected.ok) return selected;
  const { bucket, object } = selected.value;
  const chosen = overrides(call);
  if (!chosen.ok) return chosen;
  const common = {
    etag: quoted(object.etag),
    'last-modified': httpTime(object.modifiedAt),
    ...versionHeader(bucket, object.version),
  };
  const verdict = judgeRead(headers, object);
  if (verdict === 'failed') return refuse('PreconditionFailed');
  if (verdict === 'not modified') return ok({ status: 304, headers: common, body: null });
  const range = parseRange(headers['range'], object.size);
  if (range === 'outside') {
    return refuse('InvalidRange', undefined, { headers: { 'content-range': `bytes */${object.size}` } });
  }
  const whole = range === 'whole';
  const { start, end } = whole ? { start: 0, end: object.size - 1 } : range;
  return ok({
    status: whole ? 200 : 206,
    headers: {
      ...descriptionHeaders(object.description),
      ...chosen.value,
      ...common,
      'accept-ranges': 'bytes',
      'content-length': String(end - start + 1),
      ...(whole ? {} : { 'content-range': `bytes ${start}-${end}/${object.size}` }),
      // A checksum is of the whole content and would only confuse the reader of a part.
      ...(whole && headers['x-amz-checksum-mode'] === 'ENABLED'
        ? checksumHeaders(object.description.checksum)
        : {}),
    },
    body: withBody ? openStream(store, object, { start, end }) : null,
  });
}

/** The files are held from this moment: the object may be deleted while it is sent. */
function openStream({ contents }: ObjectStore, { segments }: StoredObject, range: ByteRange): ReplyStream {
  return { release: contents.hold(segments), pieces: contents.read(segments, range.start, range.end) };
}

/** Response headers that the client chose, for instance to make a browser save under a name. */
function overrides({ query }: Call): Answer<Readonly<Record<string, string>>> {
  const chosen: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = query.get(`response-${name}`);
    if (value === undefined) continue;
    if (!isHeader(name, value))
      return refuse('InvalidArgument', `response-${name} cannot be sent in a header.`);
    chosen[name] = value;
  }
  return ok(chosen);
}
