import type { Clock, Metrics } from 'fairway-kit';

/** Counts who has been here lately, and what was done. */
export interface Activity {
  /** `who` is a user's id, or the address of somebody unknown. It is kept in memory only, for as long as it counts. */
  seen(who: string): void;
  simulated(who: string, scenarios: number, seconds: number): void;
  analysed(): void;
  printed(): void;
}

/** How long somebody counts as active. */
const window = 15 * 60_000;
/** A flood of addresses cannot fill the memory: the count then stays at this. */
const mostPeople = 50_000;

export function createActivity({ clock, metrics }: { clock: Clock; metrics: Metrics }): Activity {
  const people = new Map<string, { at: number; simulations: number }>();
  const simulations = metrics.counter(
    'planner_simulations_total',
    'Simulations that were run, not found in the cache.',
  );
  const scenariosRun = metrics.counter('planner_scenarios_total', 'Scenarios of all simulations.');
  const spent = metrics.counter('planner_simulation_seconds_total', 'Seconds that simulations took.');
  const rate = { scenarios: 0, seconds: 0 };
  const analyses = metrics.counter('planner_analyses_total', 'Analyses that were asked for.');
  const downloads = metrics.counter('planner_pdf_downloads_total', 'Reports that were sent.');
  metrics.gauge(
    'planner_scenarios_per_second',
    'Scenarios per second of simulating, since the process began.',
    () => (rate.seconds === 0 ? [] : [{ value: rate.scenarios / rate.seconds }]),
  );
  metrics.gauge(
    'planner_active_users',
    'People seen in the last 15 minutes by this process.',
    () => current().length,
  );
  metrics.gauge('planner_simulations_per_user', 'Simulations per person in the last 15 minutes.', () => {
    const all = current();
    return all.length === 0
      ? []
      : [{ value: all.reduce((sum, each) => sum + each.simulations, 0) / all.length }];
  });

  function current() {
    const since = clock.now() - window;
    for (const [who, { at }] of people) if (at < since) people.delete(who);
    return [...people.values()];
  }

  function seen(who: string) {
    const known = people.get(who);
    if (known === undefined && people.size >= mostPeople) return undefined;
    const entry = known ?? { at: 0, simulations: 0 };
    entry.at = clock.now();
    people.set(who, entry);
    return entry;
  }

  return {
    seen: (who) => void seen(who),
    simulated(who, scenarios, seconds) {
      const entry = seen(who);
      if (entry !== undefined) entry.simulations++;
      simulations();
      scenariosRun({}, scenarios);
      spent({}, seconds);
      rate.scenarios += scenarios;
      rate.seconds += seconds;
    },
    analysed: () => analyses(),
    printed: () => downloads(),
  };
}
