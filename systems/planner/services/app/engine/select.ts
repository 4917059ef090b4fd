/** Ranges this short are sorted by insertion. */
const short = 24;

/**
 * Brings the values of some ranks to their places, as a sort would, and leaves the rest in any order: a quicksort that
 * enters only the parts with a wanted rank in them (C. A. R. Hoare, "Find", 1961; J. M. Chambers, "Partial sorting", 1971).
 * Median of three; the indices stay within `values` by the bounds of the loops.
 *
 * @param ranks ascending, from 0 to `values.length - 1`
 */
export function selectRanks(values: Float64Array, ranks: readonly number[]): void {
  within(values, 0, values.length - 1, ranks, 0, ranks.length);
}

function within(
  values: Float64Array,
  left: number,
  right: number,
  ranks: readonly number[],
  firstRank: number,
  endRank: number,
): void {
  if (firstRank >= endRank) return;
  if (right - left < short) return insertionSort(values, left, right);
  const pivot = medianOfThree(values, left, right);
  let low = left;
  let high = right;
  while (low <= high) {
    while ((values[low] as number) < pivot) low++;
    while ((values[high] as number) > pivot) high--;
    if (low <= high) swap(values, low++, high--);
  }
  let middle = firstRank;
  while (middle < endRank && (ranks[middle] as number) <= high) middle++;
  within(values, left, high, ranks, firstRank, middle);
  while (middle < endRank && (ranks[middle] as number) < low) middle++;
  within(values, low, right, ranks, middle, endRank);
}

function insertionSort(values: Float64Array, left: number, right: number): void {
  for (let index = left + 1; index <= right; index++) {
    const value = values[index] as number;
    let place = index - 1;
    while (place >= left && (values[place] as number) > value) {
      values[place + 1] = values[place] as number;
      place--;
    }
    values[place + 1] = value;
  }
}

function medianOfThree(values: Float64Array, left: number, right: number): number {
  const first = values[left] as number;
  const second = values[(left + right) >>> 1] as number;
  const third = values[right] as number;
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}

function swap(values: Float64Array, one: number, other: number): void {
  const kept = values[one] as number;
  values[one] = values[other] as number;
  values[other] = kept;
}
