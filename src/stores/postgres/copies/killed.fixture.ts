import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testClock } from '../../place.fixture.ts';
import { postgresCopies } from './index.ts';

/** Restores the copy in the folder `kept` into `folder`, and is killed while its server replays the log. */
const [kept = '', folder = ''] = process.argv.slice(2);
const { facts, spec } = JSON.parse(readFileSync(join(kept, 'facts.json'), 'utf8'));

async function* content(path: string) {
  yield readFileSync(path);
}

await postgresCopies({ spec, folder, clock: testClock }).restore({
  source: {
    facts,
    parts: readdirSync(join(kept, 'parts')),
    part: (name) => content(join(kept, 'parts', name)),
    log: readdirSync(join(kept, 'log')).toSorted(),
    piece: (name) => content(join(kept, 'log', name)),
  },
  target: { kind: 'latest' },
  folder,
  signal: new AbortController().signal,
  progress({ doing }) {
    if (doing.startsWith('replaying')) process.kill(process.pid, 'SIGKILL');
  },
});
