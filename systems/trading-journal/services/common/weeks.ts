/** Weeks as ISO 8601 counts them: from Monday, and the first of a year is the one with its first Thursday. */

const day = 86_400_000;

export function isWeek(text: string): boolean {
  const match = /^(\d{4})-W(\d\d)$/.exec(text);
  if (match === null) return false;
  const number = Number(match[2]);
  return number >= 1 && weekOf(firstMonday(Number(match[1])) + (number - 1) * 7 * day) === text;
}

/** The first moment of a week and of the next one, in milliseconds (UTC). */
export function boundsOf(week: string): { from: number; to: number } {
  const from = firstMonday(Number(week.slice(0, 4))) + (Number(week.slice(6)) - 1) * 7 * day;
  return { from, to: from + 7 * day };
}

/** The week that a moment lies in. */
export function weekOf(moment: number): string {
  const thursday = mondayOf(moment) + 3 * day;
  const year = new Date(thursday).getUTCFullYear();
  const number = 1 + Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * day));
  return `${year}-W${String(number).padStart(2, '0')}`;
}

const mondayOf = (moment: number): number => {
  const midnight = Math.floor(moment / day) * day;
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * day;
};

/** The 4th of January always lies in the first week. */
const firstMonday = (year: number): number => mondayOf(Date.UTC(year, 0, 4));
