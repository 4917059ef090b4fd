import { ALGORITHMS, CHECKSUMS, type Algorithm, type Checksum } from '../protocol/checksum.ts';
import { type Element, textOf } from '../protocol/xml-read.ts';
import { element, type Markup } from '../protocol/xml-write.ts';

/** A checksum as the members of a result document. */
export function checksumElements(checksum: Checksum | null): readonly Markup[] {
  if (checksum === null) return [];
  return [...partChecksumElements(checksum), element('ChecksumType', checksum.type)];
}

export function partChecksumElements(
  checksum: { readonly algorithm: Algorithm; readonly value: string } | null,
): readonly Markup[] {
  return checksum === null ? [] : [element(CHECKSUMS[checksum.algorithm].element, checksum.value)];
}

/** The checksums that a document names. */
export function readChecksumElements(
  parent: Element,
): readonly { readonly algorithm: Algorithm; readonly value: string }[] {
  return ALGORITHMS.flatMap((algorithm) => {
    const value = textOf(parent, CHECKSUMS[algorithm].element);
    return value === null ? [] : [{ algorithm, value }];
  });
}
