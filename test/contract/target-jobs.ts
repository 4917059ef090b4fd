import { beforeEach, describe, expect, test } from 'vitest';
import type { Revision } from '#core/release';
import { after, seconds } from '#kernel';
import type { EffectContext, Target, TaskProgress } from '#ports';
import { failure, type TargetBench, value } from './target-bench.ts';

/** What every target promises that runs jobs. */
export function describeJobs(bench: TargetBench): void {
  describe('a job', () => {
    let target: Target;
    beforeEach(({ skip }) => {
      target = bench.target();
      skip(!target.can.runsTasks, `${target.can.name} runs no tasks`);
    });
    const build = (name: 'short' | 'failing' | 'patient') => {
      const { jobs, sourceFolder } = bench.harness();
      return bench.target().build(jobs[name], sourceFolder, bench.context()).then(value);
    };
    const run = (job: Revision, context: EffectContext, resume: string | null = null) =>
      bench.target().runTask({ kind: 'job', job, resume }, context);
    const begun = (name: string, times: number) =>
      bench.harness().observeUntil(async () => (await bench.harness().timesBegun(name)) === times);

    test('runs to its end, says what it printed, and tells where it stands', async () => {
      const told: TaskProgress[] = [];
      const progress = (each: TaskProgress) => void told.push(each);
      const outcome = value(await run(await build('short'), bench.context({ progress })));
      expect(outcome).toMatchObject({ exitCode: 0 });
      expect(outcome.output).toContain('done');
      expect(told.at(-1)).toEqual({ resume: 'half', done: 1, of: 2 });
    });

    test('that fails says how', async () => {
      expect(value(await run(await build('failing'), bench.context())).exitCode).toBe(3);
    });

    test('runs once for one effect, asked once or twice, at once or later, and again for another', async () => {
      const job = await build('short');
      const once = bench.context();
      const [first] = await Promise.all([run(job, once), run(job, once)]);
      expect(await run(job, once)).toEqual(first);
      expect(await bench.harness().timesBegun('short')).toBe(1);
      value(await run(job, bench.context()));
      expect(await bench.harness().timesBegun('short')).toBe(2);
    });

    test('goes on while the control plane changes, and the next one has its outcome', async () => {
      const job = await build('patient');
      const once = bench.context();
      const left = run(job, once);
      await begun('patient', 1);
      await bench.restart();
      await left;
      const waited = run(job, once);
      await bench.harness().letJobsEnd();
      expect(value(await waited).exitCode).toBe(0);
      await bench.restart();
      expect(value(await run(job, once)).exitCode).toBe(0);
      expect(await bench.harness().timesBegun('patient')).toBe(1);
    });

    test('that is aborted is ended, and not begun again for the same effect', async () => {
      const job = await build('patient');
      const once = bench.context();
      const stop = new AbortController();
      const running = run(job, { ...once, signal: stop.signal });
      await begun('patient', 1);
      stop.abort();
      expect(await running).toMatchObject(failure('cancelled'));
      expect(value(await run(job, once)).exitCode).not.toBe(0);
      expect(await bench.harness().timesBegun('patient')).toBe(1);
    });

    test('that does not end in its time is ended', async () => {
      const job = await build('patient');
      const deadline = after(bench.harness().now(), seconds(2));
      expect(value(await run(job, bench.context({ deadline }))).exitCode).toBe(124);
    });

    test('is ended with its environment', async () => {
      const job = await build('patient');
      const running = run(job, bench.context());
      await begun('patient', 1);
      value(await target.close({ erase: false }, bench.context()));
      const outcome = await running;
      expect(outcome.ok && outcome.value.exitCode === 0).toBe(false);
    });
  });
}
