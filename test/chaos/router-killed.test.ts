import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { tableOf } from './report.ts';
import { createScene, processesOf, until } from './scene.ts';
import { beginCourse, type Course, type Walk, walk } from './walk.ts';

/** Without the router nobody is answered: what is lost is counted; it must come back by itself, and the release must end. */
test('the router killed in a release, alone and with the control plane, comes back, and the release ends', async () => {
  const scene = await createScene('canary');
  const routerPid = () =>
    Number(
      processesOf(scene.folder)
        .find((line) => line.includes('--state-folder'))
        ?.trim()
        .split(' ')[0],
    );
  const away: number[] = [];

  async function backAgain(address: string, since: number): Promise<void> {
    await until(
      'the router answers',
      () =>
        fetch(address).then(
          ({ ok }) => ok,
          () => false,
        ),
      30,
    );
    away.push(Date.now() - since);
  }
  try {
    const course = await beginCourse(scene, await scene.plane('control'), 80, 5);
    const look = await course.plane.look();
    if (look === null) throw new Error('the control plane is gone');
    const address = scene.address(look);
    const killAfter =
      (wait: number, also: boolean) =>
      async ({ plane }: Course) => {
        await delay(wait);
        process.kill(routerPid(), 'SIGKILL');
        if (also) plane.kill();
        await backAgain(address, Date.now());
        return [];
      };
    const walks: Walk[] = [];
    for (const harm of [killAfter(50, false), killAfter(1_500, false), killAfter(1_500, true)])
      walks.push(await walk(course, { meanwhile: harm, mayFail: true }));
    const before = scene.load();
    await delay(3_000);
    const report = await scene.endLoad();
    console.log(
      `router killed at once, in the hold, in the hold with the control plane; away for ${away.join(', ')} ms:\n${tableOf(walks)}\n` +
        `told: ${walks.map(({ told }) => told.join(' ')).join('; ')}\n${report.requests.sent} requests, ${report.requests.failed} failed ${JSON.stringify(report.failures)}; ` +
        `WebSockets ${JSON.stringify(report.sockets)}`,
    );
    for (const { complaints, end } of walks) {
      expect(complaints).toEqual([]);
      expect(end.tidy).toHaveLength(4);
    }
    expect(report.requests.failed).toBeGreaterThan(0); // it was really gone
    expect(report.requests.failed).toBe(before.requests.failed); // and it is back
    expect(report.requests.sent - before.requests.sent).toBeGreaterThan(100);
    expect(Math.max(...away)).toBeLessThan(20_000);
  } finally {
    await scene.end();
  }
});
