import { createScene, until } from './scene.ts';
const scene = await createScene('canary');
try {
  const t = Date.now();
  let plane = await scene.plane('one');
  console.log('plane', Date.now() - t);
  console.log(await plane.ask({ ask: 'up', request: scene.ask(1) }));
  const ready = async (v: number) =>
    until(
      'up',
      async () => {
        const l = await plane.look();
        return l?.row?.rollout === null && l.row.opening === null &&
          l.row.good.length === v &&
          l.seen.replicas.every((r) => r.state === 'ready') &&
          l.seen.replicas.length <= 8
          ? l
          : null;
      },
      40,
      () => plane.look(),
    );
  const up = await ready(1);
  console.log(
    'up',
    Date.now() - t,
    up.seen.replicas.map((r) => `${r.revision} ${r.state} ${r.consuming}`),
  );
  await scene.startLoad(scene.address(up), { rate: 80, sockets: 5 });
  for (const v of [2, 3, 4]) {
    const s = Date.now();
    const from = scene.trace().length;
    console.log(await plane.ask({ ask: 'release', request: scene.ask(v), dieAt: 0 }));
    const l = await ready(v);
    console.log(
      'took',
      Date.now() - s,
      l.seen.replicas.map((r) => `${r.revision} ${r.state} ${r.consuming}`),
    );
    for (const x of scene.trace().slice(from))
      console.log(x.at - s, x.what, x.number, x.key, x.effect, JSON.stringify(x.ask).slice(0, 300), x.detail);
  }
  const r = scene.load();
  console.log(JSON.stringify({ r: r.requests, l: r.latency, s: r.sockets, f: r.samples }));
  console.log(
    scene.office
      .told()
      .map((t) => `${t.what} ${t.service} ${t.replica}`)
      .join('\n'),
    scene.office.deliveries().length,
    scene.office.waiting(),
  );
} catch (e) {
  console.log(e);
} finally {
  await scene.end();
}
