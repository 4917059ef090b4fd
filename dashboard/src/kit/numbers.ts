const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1240 → `1,240`. */
export const count = (value: number): string => grouped.format(value);

/** Requests per second: whole above ten, one digit below. */
export function rateText(value: number): string {
  if (value >= 10) return grouped.format(value);
  return value === 0 ? '0' : value < 0.05 ? '< 0.1' : value.toFixed(1);
}

/** A share (0 to 1) in percent, with the digits that say something. */
export function percentText(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '< 0.01 %';
  return `${percent < 1 ? percent.toFixed(2) : percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Milliseconds, or seconds above one. */
export function millisText(value: number): string {
  if (value >= 1_000) return `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0)} s`;
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ms`;
}

/** Bytes in powers of 1024: `3.2 GiB`. */
export function bytesText(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const amount = value / 1_024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power] ?? 'B'}`;
}

/** `one`, `two, three and four`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** Enough of a revision to tell two apart by eye, without the name of the service that it begins with: "1d191e00". */
export const shortRevision = (revision: string): string =>
  revision.slice(revision.lastIndexOf('-') + 1).slice(0, 8);
