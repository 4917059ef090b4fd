import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '#kernel';
import { startServer } from '../../src/store/postgres-server.fixture.ts';
import { tableOf } from './report.ts';
import { createScene, until } from './scene.ts';
import { beginCourse, type Course, type Walk, walk } from './walk.ts';

/** The lease, its asking once a second, and the finding again of what runs. */
const takenOverWithin = 15_000 + 1_000 + 3_000;

/** Two control planes on one Postgres look after one environment; the one in charge is killed in the middle of a canary. */
test('of two control planes the one in charge is killed in a canary, three times: the other one ends it and nothing is lost', async () => {
  const server = await startServer();
  const random = seededRandom(11);
  try {
    const scene = await createScene('canary', server.url);
    try {
      const course = await beginCourse(scene, await scene.plane('plane 1'), 80, 5);
      let other = await scene.plane('plane 2');
      let born = 2;

      /** Kills the one in charge; the other one has its place, and a new one waits behind it. */
      async function harm(present: Course): Promise<readonly number[]> {
        await delay(random() * 3_500);
        const victim = present.plane;
        expect((await victim.look())?.leads).toBe(true);
        const heir = other;
        present.plane = heir;
        victim.kill();
        const died = await victim.died;
        other = await scene.plane(`plane ${++born}`);
        const opened = await until(
          'the other one is in charge',
          () => scene.trace().find(({ what, pid, at }) => what === 'opened' && pid === heir.pid && at > died),
          30,
        );
        return [opened.at - died];
      }

      const peace = await walk(course);
      const walks: Walk[] = [];
      for (let time = 1; time <= 3; time++) walks.push(await walk(course, { meanwhile: harm }));
      const report = await scene.endLoad();
      console.log(
        `two control planes:\n${tableOf(walks)}\n${report.requests.sent} requests, ${report.requests.failed} failed`,
      );
      for (const { complaints, lost, end, downtime } of [peace, ...walks]) {
        expect([...complaints, ...lost]).toEqual([]);
        expect(end).toEqual(peace.end);
        expect(downtime ?? 0).toBeLessThan(takenOverWithin);
      }
      expect(report.requests).toMatchObject({ failed: 0, unsent: 0 });
      expect(report.sockets).toMatchObject({ abnormal: 0, notOpened: 0 });
    } finally {
      await scene.end();
    }
  } finally {
    await server.dispose();
  }
});
