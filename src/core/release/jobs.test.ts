import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '#kernel';
import type { Stage, Task } from './plan.ts';
import { aRevision, aService, bench, start } from './release.fixture.ts';

const aTask = (name: string, changes: Partial<Task> = {}): Task => ({
  kind: 'task',
  name,
  purpose: 'before',
  job: aRevision(aService(name, { traffic: 'none', replicas: 0 }), 'job'),
  timeout: minutes(5),
  onFailure: 'rollback',
  final: false,
  ...changes,
});

/** A canary with jobs before it, told to begin. */
function running(...tasks: readonly Task[]) {
  const stages: Stage[] = [...tasks, ...bench().rollout.plan.stages];
  const world = bench(undefined, { stages });
  world.begin();
  const id = () => world.rollout.pending[0]?.id ?? '';
  return {
    world,
    id,
    end: (exitCode: number, detail = '') => world.send({ type: 'jobDone', id: id(), exitCode, detail }),
    fail: (code: string) =>
      world.send({ type: 'effectFailed', id: id(), failure: { code, facts: { a: 1 } } }),
    told: (resume: string) => world.send({ type: 'jobProgressed', id: id(), resume, done: 1, of: 2 }),
  };
}

describe('a job', () => {
  it('is asked for once, from its beginning, with its own time', () => {
    const task = aTask('hook');
    const { world } = running(task);
    expect(world.rollout).toMatchObject({
      phase: 'running',
      stage: 0,
      deadline: start + minutes(5),
      progress: null,
      finished: false,
    });
    expect(world.told).toMatchObject([
      { do: 'runJob', stage: 0, job: task.job.id, resume: null, attempt: 1, deadline: start + minutes(5) },
    ]);
  });

  it('that ended well is followed by the next stage', () => {
    const { world, end } = running(aTask('first'), aTask('second'));
    end(0);
    expect(world.rollout).toMatchObject({ phase: 'running', stage: 1 });
    end(0);
    expect(world.phase).toBe('starting');
  });

  it('has no effect left when it ended while the rollout is paused', () => {
    const { world, end } = running(aTask('hook'));
    world.send({ type: 'pause', by: 'ann', note: '' });
    end(0);
    expect(world.rollout).toMatchObject({ phase: 'running', finished: true, pending: [] });
  });

  it('ends once: a later word of it changes nothing', () => {
    const { world, id, end } = running(aTask('hook'));
    const late = id();
    world.send({ type: 'pause', by: 'ann', note: '' });
    end(0);
    const before = world.rollout;
    world.send({ type: 'jobDone', id: late, exitCode: 1, detail: '' });
    expect(world.rollout).toBe(before);
  });

  it('that has ended does not run out of time while the rollout is paused', () => {
    const { world, end } = running(aTask('hook'));
    world.send({ type: 'pause', by: 'ann', note: '' });
    end(0);
    world.wait(600);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ phase: 'running', finished: true });
  });

  it('is not taken for ended, nor for further, by the word of another one', () => {
    const { world } = running(aTask('hook'));
    const before = world.rollout;
    world.send({ type: 'jobDone', id: '1/9.9', exitCode: 0, detail: '' });
    world.send({ type: 'jobProgressed', id: '1/9.9', resume: 'x', done: 1, of: 2 });
    expect(world.rollout).toBe(before);
  });

  it('keeps how far it has come, and when it said so', () => {
    const { world, told } = running(aTask('hook'));
    world.wait(7);
    told('row 1');
    expect(world.rollout).toMatchObject({
      progress: { resume: 'row 1', done: 1, of: 2, at: start + seconds(7) },
    });
  });
});

describe('the time of a job', () => {
  it('is over at its end, not a moment before', () => {
    const { world } = running(aTask('hook'));
    world.wait(299);
    world.send({ type: 'tick' });
    expect(world.phase).toBe('running');
    world.wait(1);
    world.send({ type: 'tick' });
    expect(world.rollout).toMatchObject({ because: { code: 'job_timed_out', at: start + minutes(5) } });
  });
});

describe('a job that could not be run', () => {
  it.each(['effect_cancelled', 'target_busy', 'target_broken'])(
    'for trouble that passes (%s) is tried again, a little later, in what is left of its time',
    (code) => {
      const { world, fail } = running(aTask('hook'));
      world.wait(240);
      expect(fail(code)).toMatchObject([
        {
          do: 'runJob',
          attempt: 2,
          notBefore: start + seconds(240) + 200,
          deadline: start + seconds(300) + 200,
        },
      ]);
      expect(world.rollout).toMatchObject({ phase: 'running', deadline: start + minutes(5) });
    },
  );

  it.each(['effect_timed_out', 'task_timed_out'])('in its time (%s) has failed for that', (code) => {
    const { world, fail } = running(aTask('hook'));
    fail(code);
    expect(world.rollout).toMatchObject({
      because: { code: 'job_timed_out', facts: { job: 'hook', timeout: minutes(5) }, verdict: null },
    });
  });

  it('for a reason of its own has failed for that, with the facts of the target', () => {
    const { world, fail } = running(aTask('hook'));
    fail('command_not_found');
    expect(world.rollout).toMatchObject({
      because: { code: 'command_not_found', facts: { a: 1 }, verdict: null, at: start },
    });
  });

  it('after the end of its time is not tried again either', () => {
    const { world, end } = running(aTask('hook'));
    world.wait(301);
    end(75);
    expect(world.rollout).toMatchObject({ because: { code: 'job_timed_out' } });
  });

  it('at the end of its time is not tried again', () => {
    const { world, id } = running(aTask('hook'));
    const late = id();
    world.wait(300);
    world.send({ type: 'jobDone', id: late, exitCode: 75, detail: '' });
    expect(world.rollout).toMatchObject({ because: { code: 'job_timed_out' } });
    expect(world.told.filter((effect) => effect.do === 'runJob')).toHaveLength(1);
  });
});

describe('a job whose failure is only told', () => {
  const optional = aTask('hook', { onFailure: 'ignore' });

  it.each([
    ['ended badly', 'job_failed', (job: ReturnType<typeof running>) => job.end(2, 'no mail')],
    [
      'could not be run',
      'command_not_found',
      (job: ReturnType<typeof running>) => job.fail('command_not_found'),
    ],
    ['ran out of time', 'job_timed_out', (job: ReturnType<typeof running>) => job.fail('task_timed_out')],
  ])('lets the rollout go on when it %s', (_, code, happen) => {
    const job = running(optional);
    happen(job);
    expect(job.world.rollout).toMatchObject({ phase: 'starting', ignored: [{ code }] });
  });

  it('is one of several, all of which are told', () => {
    const { world, end } = running(optional, optional);
    end(2);
    end(3);
    expect(world.rollout.ignored.map(({ facts }) => facts['exitCode'])).toEqual([2, 3]);
  });

  it('has no effect left when it failed while the rollout is paused', () => {
    const { world, end } = running(optional);
    world.send({ type: 'pause', by: 'ann', note: '' });
    end(2);
    expect(world.rollout).toMatchObject({ phase: 'running', finished: true, pending: [] });
    world.send({ type: 'resume', by: 'ann', note: '' });
    expect(world.phase).toBe('starting');
  });
});

describe('the way back (R4)', () => {
  it('is open while and after a job that is not final runs', () => {
    const { world, end } = running(aTask('hook'));
    expect(world.rollout.committed).toBe(false);
    end(0);
    expect(world.rollout.committed).toBe(false);
  });

  it('stays closed after a final job, whatever comes next', () => {
    const { world, end } = running(aTask('expand', { final: true }), aTask('hook'));
    expect(world.rollout.committed).toBe(true);
    end(0);
    expect(world.rollout).toMatchObject({ stage: 1, committed: true });
    end(1);
    expect(world.rollout).toMatchObject({ phase: 'failed', because: { code: 'job_failed' } });
  });
});
