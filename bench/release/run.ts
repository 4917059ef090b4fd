/**
 * How long a release takes beyond what was declared: from the request to the first request that a canary answers, and to
 * promotion less the declared holds. On the trading journal, with real stores, under load. `node bench/release/run.ts [rounds]`
 */
import type { ExplainView } from '#api';
import { journalLoad } from '../../test/e2e/journal-load.ts';
import { placeOf } from '../../test/e2e/place.ts';

const rounds = Number(process.argv[2] ?? 5);
const holdMillis = 20_000;

await using place = placeOf('systems/trading-journal');
const up = await place.fairway('up');
if (up.exitCode !== 0) throw new Error(up.output);
const load = await journalLoad(await place.address('edge'), 100, 10);
// What serves before the first round must have answered, or its first answer would be taken for the canary's.
while (load.snapshot().requests.succeeded < 200) await new Promise((resolve) => setTimeout(resolve, 100));
const rows: { first: number; routed: number; promoted: number }[] = [];
for (let round = 1; round <= rounds; round++) {
  const asked = Date.now();
  const known = new Set(load.snapshot().revisions.map(({ revision }) => revision));
  const release = place.begin(
    'release',
    '--set',
    `edge.env.APP_VERSION=${round}`,
    '--set',
    `core.env.APP_VERSION=${round}`,
  );
  const first = await firstAnswerOfNew(known);
  await release.done;
  const explained = JSON.parse((await place.fairway('explain', '--json')).output) as ExplainView;
  const at = (phase: string) =>
    explained.timeline.find((entry) => entry.rollout?.phase === phase)?.at ?? Number.NaN;
  rows.push({
    first: first - asked,
    routed: at('holding') - asked,
    promoted: at('promoted') - asked - holdMillis,
  });
}
const report = await load.end();

console.log(
  `release of edge and core of the trading journal, ${rounds} rounds under 100 requests/s, milliseconds from the command`,
);
print(
  '10 % of the traffic on the canary (acknowledged)',
  rows.map((row) => row.routed),
);
print(
  'first request answered by the canary (seen every 100 ms)',
  rows.map((row) => row.first),
);
print(
  `promoted, less the declared hold of ${holdMillis} ms`,
  rows.map((row) => row.promoted),
);
console.log(`requests ${report.requests.sent}, failed ${report.requests.failed}`);

async function firstAnswerOfNew(known: ReadonlySet<string | null>): Promise<number> {
  for (;;) {
    if (load.snapshot().revisions.some(({ revision }) => revision !== null && !known.has(revision)))
      return Date.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function print(name: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => String(sorted[place] ?? 'none');
  console.log(
    `  ${name.padEnd(58)} median ${at(Math.floor(sorted.length / 2))}, ${at(0)} to ${at(sorted.length - 1)}`,
  );
}
