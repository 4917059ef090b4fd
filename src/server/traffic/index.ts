import type { Context } from 'hono';
import type { TrafficView } from '#api';
import { hours, type Instant, instant, seconds } from '#kernel';
import { createHistory, type History } from './history.ts';
import { sampleWhile, type SamplerOptions } from './sampler.ts';
import { type Listener, trafficStream } from './stream.ts';
import { rounded } from './view.ts';

export interface TrafficOptions extends SamplerOptions {
  /** Names of the declared environments; asked once, as others become known by what is written of them. */
  readonly environments: () => Promise<readonly string[]>;
}

/** What each revision answers and how far each gate is, of all environments that this process is in charge of. */
export interface Traffic {
  /** Samples after a moment, of the last two hours at most; none of an environment that nobody declared. */
  history(environment: string, since: number): Promise<TrafficView>;
  /** Each new sample as a server-sent event. */
  stream(context: Context, environment: string): Response;
  /** How many streams are read now. */
  readers(): number;
  /** Ends the sampling and all streams. */
  end(): Promise<void>;
}

interface Watched {
  readonly since: Instant;
  readonly history: History;
  readonly sampling: Promise<void>;
}

const tryAgain = seconds(30);

/** Begins to sample at once, and goes on until it is ended: whoever creates it must end it. */
export function createTraffic(options: TrafficOptions): Traffic {
  const { engine, clock, environments } = options;
  const ended = new AbortController();
  const watched = new Map<string, Watched>();
  const readers = createReaders();

  function watch(environment: string): void {
    if (watched.has(environment) || ended.signal.aborted) return;
    const history = createHistory();
    const sampling = sampleWhile(options, environment, ended.signal, (sample) => {
      history.add(sample);
      for (const listener of readers.of(environment)) listener(sample);
    });
    watched.set(environment, { since: clock.now(), history, sampling });
  }

  /** A definition that cannot be read now may be mended. */
  async function discover(): Promise<void> {
    while (!ended.signal.aborted) {
      const names = await environments().catch(() => null);
      names?.forEach(watch);
      if (names !== null) return;
      await clock.sleep(tryAgain, ended.signal);
    }
  }

  const unsubscribe = engine.subscribe((environment) => watch(environment));
  const discovering = discover();

  return {
    async history(environment, since) {
      await discovering;
      const found = watched.get(environment);
      const oldest = instant(clock.now() - hours(2));
      const begun = found?.since ?? clock.now();
      const samples = found?.history.after(since) ?? [];
      return { since: begun > oldest ? begun : oldest, samples: samples.map(rounded) };
    },
    stream(context, environment) {
      const history = {
        last: () => watched.get(environment)?.history.last() ?? null,
        after: (since: number) => watched.get(environment)?.history.after(since) ?? [],
      };
      const listen = (listener: Listener) => readers.add(environment, listener);
      return trafficStream(context, clock, { history, listen }, ended.signal);
    },
    readers: readers.count,
    async end() {
      unsubscribe();
      ended.abort();
      await Promise.all([discovering, ...[...watched.values()].map(({ sampling }) => sampling)]);
    },
  };
}

/** Who reads which environment; of one that nobody reads nothing is kept. */
function createReaders() {
  const listeners = new Map<string, Set<Listener>>();
  const nobody: ReadonlySet<Listener> = new Set();
  return {
    of: (environment: string): ReadonlySet<Listener> => listeners.get(environment) ?? nobody,
    add(environment: string, listener: Listener): () => void {
      const here = listeners.get(environment) ?? new Set();
      listeners.set(environment, here.add(listener));
      return () => {
        here.delete(listener);
        if (here.size === 0) listeners.delete(environment);
      };
    },
    count: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };
}
