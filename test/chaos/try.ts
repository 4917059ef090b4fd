import { createScene } from './scene.ts';
import { beginCourse, walk } from './walk.ts';
const scene = await createScene('canary');
try {
  const course = await beginCourse(scene, await scene.plane('control'), 80, 5);
  for (const at of process.argv.slice(2).map(Number)) {
  const s = Date.now(); const from = scene.trace().length;
  const w = await walk(course, at);
  console.log(JSON.stringify({...w, end: 0}));
  for (const x of scene.trace().slice(from)) console.log(x.at - s, x.pid, x.what, x.number, x.key, x.effect, JSON.stringify(x.ask).slice(0, 100), x.detail);
  console.log((await course.plane.entries(0)).filter(e => e.at >= s).map(e => `${e.at - s} ${e.type} ${JSON.stringify((e.data as any).event ?? e.data).slice(0, 160)} -> ${(e.data as any).phase}`).join('\n'));
  }
} catch (e) { console.log(e) } finally { await scene.end(); }
