/** Exchanges a store's data and kills this process by SIGKILL at an event: `<folder> <spec> <restored> <former> <event>`. */
import type { StoreSpec } from '#core/system';
import { instant } from '#kernel';
import { createEmbeddedStore } from '../index.ts';

const [folder = '', spec = '', restored = '', former = '', when = ''] = process.argv.slice(2);
const store = createEmbeddedStore({
  spec: JSON.parse(spec) as StoreSpec,
  folder,
  clock: {
    now: () => instant(performance.timeOrigin + performance.now()),
    sleep: (wait) => new Promise((resolve) => setTimeout(resolve, wait)),
  },
  random: Math.random,
  tell({ event, facts }) {
    const name = [event, facts['step'] ?? facts['done']].filter((word) => word !== undefined).join(' ');
    if (name === when) process.kill(process.pid, 'SIGKILL');
  },
});
const done = await store.exchange({ restored, former }, new AbortController().signal);
process.stderr.write(`${JSON.stringify(done)}\n`);
process.exit(done.ok ? 0 : 1);
