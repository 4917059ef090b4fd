import { runCheck } from 'fairway-kit/check';
import { edgeAccess, visit } from './edge.ts';

const samples = 50;
const limit = 250;

/** Logs in and asks who is logged in, again and again. Green: the 95th percentile (nearest rank) is below 250 ms. */
await runCheck({
  settings: edgeAccess,
  limit,
  unit: 'ms',
  deadline: 25_000,
  async work(world) {
    const visitor = await visit(world);
    const times: number[] = [];
    while (times.length < samples) {
      const begun = performance.now();
      await visitor.ask('GET', '/auth/me');
      times.push(performance.now() - begun);
    }
    await visitor.logOut();
    const sorted = times.toSorted((one, other) => one - other);
    const value = Math.round((sorted[Math.ceil(0.95 * samples) - 1] ?? Number.POSITIVE_INFINITY) * 10) / 10;
    return { ok: value < limit, value, detail: `95th percentile of ${samples} GET /auth/me` };
  },
});
