import { runCheck } from 'fairway-kit/check';
import { edgeAccess, visit } from './edge.ts';

const limit = 60_000;

/** Orders an import of made-up fills. Green: it is at 100 % in less than 60 s. It is given back in any case. */
await runCheck({
  settings: edgeAccess,
  limit,
  unit: 'ms',
  deadline: limit + 10_000,
  async work(world) {
    const { clock, signal } = world;
    const visitor = await visit(world);
    const begun = performance.now();
    const ordered = await visitor.ask('POST', '/api/imports', { source: 'synthetic', fills: 200 });
    const path = `/api/imports/${String(ordered['id'])}`;
    try {
      for (;;) {
        const { progress, state, failure } = await visitor.ask('GET', path);
        const value = Math.round(performance.now() - begun);
        if (state === 'failed') return { ok: false, value, detail: `the import failed: ${String(failure)}` };
        if (progress === 100) return { ok: value < limit, value, detail: '200 fills imported' };
        if (value >= limit) return { ok: false, value, detail: `stood at ${String(progress)} %` };
        await clock.sleep(500, signal);
      }
    } finally {
      await visitor.ask('DELETE', path).catch(() => undefined); // the probe's own user sees what is left
      await visitor.logOut();
    }
  },
});
