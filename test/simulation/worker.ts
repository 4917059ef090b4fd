import { parentPort } from 'node:worker_threads';
import { type EpisodeOptions, runEpisode } from './episode.ts';

/** Runs one episode for each message and answers with what became of it. */
parentPort?.on('message', (options: EpisodeOptions) => {
  runEpisode(options).then(
    // What is a function does not go from one thread to another.
    (report) => parentPort?.postMessage({ ...report, journal: null }),
    (reason: unknown) => {
      const problem = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
      const nothing = { rollouts: 0, ends: {}, kills: 0, answered: 0, virtualMillis: 0, fingerprint: '' };
      parentPort?.postMessage({ ...nothing, seed: options.seed, problems: [problem] });
    },
  );
});
