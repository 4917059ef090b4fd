import { expect, test } from 'vitest';
import type { Kind } from './declared.ts';
import { tableOf } from './report.ts';
import { createScene } from './scene.ts';
import { beginCourse, type Walk, walk } from './walk.ts';

const twice = (text: string) => [text, text];
const alone = [...twice('new web ready, 0 crashes'), ...twice('new worker ready taking jobs, 0 crashes')];
const warm = [...twice('previous web ready, 0 crashes'), ...twice('previous worker ready paused, 0 crashes')];

/**
 * R6 with real processes: a release in peace counts its effects; then one release for each of them, whose control plane is killed
 * right after that effect was begun and before its result is in the journal. The next control plane brings it to the same end,
 * nothing is done twice in the world, no job is done by a passive revision (R14), and no request fails. Most of it is waiting, so
 * both go on at once.
 */
test.concurrent.each<Kind>(['canary', 'blue-green'])(
  'a %s whose control plane is killed at each effect ends the same way and loses nothing',
  async (kind) => {
    const scene = await createScene(kind);
    try {
      const course = await beginCourse(scene, await scene.plane('control'), 80, 5);
      const peace = await walk(course);
      expect([...peace.complaints, ...peace.lost]).toEqual([]);
      expect(peace.end).toEqual({ promoted: [...alone, ...warm], tidy: alone });
      expect(peace.effects.length).toBeGreaterThan(8);
      const walks: Walk[] = [];
      for (const dieAt of peace.effects) walks.push(await walk(course, { dieAt }));
      const report = await scene.endLoad();
      console.log(
        `${kind}, killed at each of ${peace.effects.length} effects:\n${tableOf(walks)}\n${totals(report)}`,
      );
      const wrong = walks.flatMap(({ complaints, lost }, index) =>
        [...complaints, ...lost].map((each) => `${index + 1}: ${each}`),
      );
      expect(wrong).toEqual([]);
      expect(walks.map(({ killed }) => killed?.name)).toEqual(peace.effects);
      for (const { end } of walks) expect(end).toEqual(peace.end);
      expect(report.requests).toMatchObject({ failed: 0, unsent: 0 });
      expect(report.sockets).toMatchObject({ abnormal: 0, notOpened: 0 });
      expect(Object.keys(report.sockets.closed)).toEqual(['1012']); // service restart: asked to come again
    } finally {
      await scene.end();
    }
  },
);

const totals = ({
  requests,
  sockets,
  latency,
}: Awaited<ReturnType<Awaited<ReturnType<typeof createScene>>['endLoad']>>) =>
  `${requests.sent} requests, ${requests.failed} failed, p99 ${Math.round(latency?.p99 ?? 0)} ms; ` +
  `${sockets.opened} WebSockets opened, ${sockets.abnormal} cut, closed ${JSON.stringify(sockets.closed)}`;
