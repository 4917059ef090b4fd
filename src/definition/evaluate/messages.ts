import type { Position, PositionTree } from '../positions.ts';

/** What the program that runs a definition says, one JSON document per line, in this order. */
export type Message =
  | { readonly kind: 'positions'; readonly tree: PositionTree }
  | { readonly kind: 'value'; readonly value: unknown; readonly odd: readonly OddPart[] }
  | { readonly kind: 'noExport' }
  | {
      readonly kind: 'threw';
      /** Where, when that is known; the file as an absolute path. */
      readonly file: string | null;
      readonly at: Position;
      readonly isSyntax: boolean;
      readonly message: string;
      readonly code: string | null;
    };

/** A part that is no data. */
export interface OddPart {
  readonly path: readonly (string | number)[];
  readonly what: string;
}
