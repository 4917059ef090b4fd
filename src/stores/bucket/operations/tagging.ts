import { ok } from '#kernel';
import type { Answer } from '../protocol/refusal.ts';
import { parseTagging, type Tag, taggingDocument } from '../protocol/tags.ts';
import { setTags } from '../storage/versions.ts';
import { type Call, type Reply, readDocument, reply, replyXml } from './call.ts';
import { selectObject, versionHeader } from './select.ts';

export function getObjectTagging(call: Call): Answer<Reply> {
  const selected = select(call);
  if (!selected.ok) return selected;
  const { bucket, object } = selected.value;
  return replyXml(taggingDocument(object.description.tags), versionHeader(bucket, object.version));
}

export async function putObjectTagging(call: Call): Promise<Answer<Reply>> {
  const document = await readDocument(call.incoming);
  if (!document.ok) return document;
  const tags = parseTagging(document.value);
  return tags.ok ? replaceTags(call, tags.value, 200) : tags;
}

export const deleteObjectTagging = (call: Call) => replaceTags(call, [], 204);

async function replaceTags(call: Call, tags: readonly Tag[], status: number): Promise<Answer<Reply>> {
  const replaced = await call.store.change((change) => {
    const selected = select(call);
    if (!selected.ok) return selected;
    const { bucket, object } = selected.value;
    setTags(change, object, tags);
    return ok(versionHeader(bucket, object.version));
  });
  return replaced.ok ? reply(status, replaced.value) : replaced;
}

const select = ({ store, bucket, key, query }: Call) =>
  selectObject(store.database, bucket, key, query.get('versionId') ?? null);
