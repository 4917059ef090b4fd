/** A way in which a new revision is worse than the one before. */
export type Effect =
  | { readonly kind: 'errors'; readonly from: number; readonly to: number }
  | { readonly kind: 'latency'; readonly factor: number }
  | { readonly kind: 'failure' };

/** From small to large, errors first. A share of errors that would pass a half is left out: that is nearly a total failure. */
export function effectsOf({ errorShare }: { readonly errorShare: number }): readonly Effect[] {
  const shares = [1.5, 2, 5, 10].map((factor) => errorShare * factor);
  const worse = [...new Set([...shares, errorShare + 0.01].map(rounded))]
    .filter((share) => share > errorShare && share < 0.5)
    .sort((a, b) => a - b);
  return [
    ...worse.map((to) => ({ kind: 'errors', from: errorShare, to }) as const),
    ...[1.1, 1.25, 1.5, 2].map((factor) => ({ kind: 'latency', factor }) as const),
    { kind: 'failure' },
  ];
}

const rounded = (share: number) => Number(share.toPrecision(6));
