import { ok } from '#kernel';
import { type Answer, refuse } from './refusal.ts';
import { childrenOf, childOf, type Element, textOf } from './xml-read.ts';
import { element, xmlDocument } from './xml-write.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

const TAGS_MAX = 10;
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;

/** Tags from a `Tagging` document. Failures: `MalformedXML`, `InvalidTag`. */
export function parseTagging(root: Element): Answer<readonly Tag[]> {
  const set = childOf(root, 'TagSet');
  if (root.name !== 'Tagging' || set === null)
    return refuse('MalformedXML', 'A Tagging document has a TagSet.');
  const tags = childrenOf(set, 'Tag').map((tag) => ({
    key: textOf(tag, 'Key') ?? '',
    value: textOf(tag, 'Value') ?? '',
  }));
  return checkTags(tags);
}

/** Tags from the header `x-amz-tagging`, which is written like a query string. Failure: `InvalidTag`. */
export function parseTaggingHeader(header: string | undefined): Answer<readonly Tag[]> {
  if (header === undefined) return ok([]);
  return checkTags([...new URLSearchParams(header)].map(([key, value]) => ({ key, value })));
}

export function taggingDocument(tags: readonly Tag[]): string {
  const members = tags.map(({ key, value }) => element('Tag', element('Key', key), element('Value', value)));
  return xmlDocument('Tagging', element('TagSet', ...members));
}

function checkTags(tags: readonly Tag[]): Answer<readonly Tag[]> {
  const wellFormed = tags.every(
    ({ key, value }) =>
      key !== '' && key.length <= KEY_CHARACTERS_MAX && value.length <= VALUE_CHARACTERS_MAX,
  );
  const different = new Set(tags.map(({ key }) => key)).size === tags.length;
  return wellFormed && different && tags.length <= TAGS_MAX ? ok(tags) : refuse('InvalidTag');
}
