import type { Plan } from './engine/plan.ts';
import type { Simulation } from './simulations.ts';

/** What the figures of a plan mean, in words. */
export interface Analysis {
  /** "rules": sentences that follow from the figures; no model was asked. */
  readonly method: 'rules';
  readonly verdict: 'strong' | 'sound' | 'fragile' | 'unlikely';
  readonly headline: string;
  readonly findings: readonly string[];
  readonly suggestions: readonly Suggestion[];
}

/** A change that was simulated, and what came of it. */
export interface Suggestion {
  readonly text: string;
  readonly change: Partial<Plan>;
  readonly success: number;
}

/** Plans that differ from this one in one thing, worth a simulation each. */
export function alternativesOf({ plan, success, spending }: Simulation): readonly Partial<Plan>[] {
  const thrift = roundedDown(spending.in90);
  return [
    ...(success < 0.9 && thrift >= 0 && thrift < plan.spending ? [{ spending: thrift }] : []),
    ...(success >= 0.95 && thrift > plan.spending * 1.05 ? [{ spending: Math.min(thrift, 1_000_000) }] : []),
    ...[-20, 20]
      .map((step) => Math.min(100, Math.max(0, plan.equity + step)))
      .filter((equity) => equity !== plan.equity)
      .map((equity) => ({ equity })),
  ];
}

/**
 * Says in words what a simulation found. Equal figures give equal words.
 *
 * @param tried the alternatives that were simulated, with the share that lasted
 */
export function analysisOf(
  simulation: Simulation,
  tried: readonly { readonly change: Partial<Plan>; readonly success: number }[],
): Analysis {
  const { plan, success, spending } = simulation;
  const end = simulation.years.at(-1);
  return {
    method: 'rules',
    verdict: verdictOf(success),
    headline: headlineOf(simulation),
    findings: [
      `Half of the futures end with more than ${dollars(end?.p50 ?? 0)}, one in ten with more than ${dollars(end?.p90 ?? 0)}.`,
      lowEnd(simulation),
      `${dollars(spending.in90)} a year would last in 90 of 100 futures, ${dollars(spending.in50)} in every second one.`,
      spendingRate(plan),
    ],
    suggestions: tried
      .filter((each) => each.success >= success + worthwhile || each.change.spending !== undefined)
      .map((each) => suggestionOf(plan, success, each)),
  };
}

/** Another share of equity is proposed when it saves at least one future of a hundred. */
const worthwhile = 0.01;

/** "The money lasts in 81 of 100 futures." Never "all" or "none" because of rounding. */
export function inHundred(success: number): string {
  if (success === 1) return 'all futures';
  if (success === 0) return 'no future';
  const rounded = Math.round(success * 100);
  if (rounded === 100) return 'more than 99 of 100 futures';
  if (rounded === 0) return 'fewer than 1 of 100 futures';
  return `${rounded} of 100 futures`;
}

export const dollars = (value: number): string => `$${Math.round(value).toLocaleString('en-US')}`;

function verdictOf(success: number): Analysis['verdict'] {
  if (success >= 0.95) return 'strong';
  if (success >= 0.85) return 'sound';
  return success >= 0.5 ? 'fragile' : 'unlikely';
}

function headlineOf({ plan, success }: Simulation): string {
  const lasts = `The money lasts ${plan.years === 1 ? 'the year' : `${plan.years} years`} in ${inHundred(success)}`;
  const words = {
    strong: 'a strong plan that has room to spare',
    sound: 'a sound plan, if you can bend a little in bad years',
    fragile: 'a fragile plan that bad years early on would break',
    unlikely: 'a plan that more often fails than not',
  };
  return `${lasts}: ${words[verdictOf(success)]}.`;
}

/** When the worst tenth runs dry, or what it has left. */
function lowEnd({ plan, years }: Simulation): string {
  const dry = years.find(({ lasting }) => lasting <= 0.9);
  if (dry !== undefined)
    return dry.year >= plan.years
      ? 'In the worst tenth of the futures the money runs out in the last year or before.'
      : `In the worst tenth of the futures the money runs out in year ${dry.year} or before.`;
  return `Nine in ten futures end with at least ${dollars(years.at(-1)?.p10 ?? 0)}.`;
}

function spendingRate({ portfolio, spending }: Plan): string {
  const percent = ((100 * spending) / portfolio).toFixed(1);
  return spending === 0
    ? 'Nothing is spent; the portfolio only grows and shrinks with the markets.'
    : `The first year takes ${percent} % of the portfolio; later years take the same, raised by inflation.`;
}

function suggestionOf(
  plan: Plan,
  before: number,
  { change, success }: { readonly change: Partial<Plan>; readonly success: number },
): Suggestion {
  const result = `in ${inHundred(success)} instead of ${inHundred(before).replace(/(?: of 100)? futures?$/, '')}`;
  if (change.spending !== undefined) {
    const more = change.spending > plan.spending ? 'Room for more' : 'A smaller budget';
    return { text: `${more}: ${dollars(change.spending)} a year lasts ${result}.`, change, success };
  }
  const direction = (change.equity ?? plan.equity) > plan.equity ? 'More' : 'Less';
  return {
    text: `${direction} in shares: with ${change.equity ?? plan.equity} % the money lasts ${result}.`,
    change,
    success,
  };
}

/** To a hundred dollars: nobody budgets to the cent. */
const roundedDown = (value: number) => Math.floor(value / 100) * 100;
