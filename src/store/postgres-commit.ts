import { err, instant, invariant, ok, type Result } from '#kernel';
import type { Commit } from '#ports';
import { chain, emptyHead, type Head } from './chain.ts';
import { rowConflict, streamConflict, unavailable } from './failure.ts';
import { fenceFailure } from './lease.ts';
import type { Refusal } from './postgres-connection.ts';
import type { RememberedHeads } from './postgres-heads.ts';
import type { CommitAnswer, Statements } from './postgres-statements.ts';

export interface CommitPlace {
  readonly statements: Statements;
  readonly heads: RememberedHeads;
  /** The time by which fences are judged; null for the server's own. */
  readonly writerTime: () => number | null;
  readonly address: string;
}

const mostAttempts = 5;

/**
 * A commit to a stream whose end is remembered takes one round trip; otherwise the end is asked for first. Begins anew
 * where Postgres undid the commit for the sake of another one. Failures: those of the port.
 */
export async function commitTo(place: CommitPlace, commit: Commit): Promise<Result<Head>> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const done = await attemptCommit(place, commit);
    if (done !== 'again') return done;
  }
  return unavailable(place.address, 'other commits kept coming in between');
}

async function attemptCommit(place: CommitPlace, commit: Commit): Promise<Result<Head> | 'again'> {
  const { statements, heads, writerTime } = place;
  const known = await headToChainTo(place, commit);
  if (!known.ok) return known;
  const entries = chain(commit.stream, known.value, commit.entries);
  const { sequence, hash } = entries.at(-1) ?? known.value;
  const chained = { previous: known.value.hash, entries, end: { sequence, hash } };
  const found = await statements.commit(commit, chained, writerTime());
  if (!found.ok) return 'refused' in found.error ? afterRefusal(commit, found.error) : err(found.error);
  if (found.value !== null) return afterAnswer(commit, found.value, heads);
  heads.put(commit.stream, chained.end);
  return ok(chained.end);
}

/** A writer that is behind gets a made-up hash: the commit is sent all the same, since its fence is judged first. */
async function headToChainTo({ statements, heads }: CommitPlace, commit: Commit): Promise<Result<Head>> {
  const { stream, expected: sequence } = commit;
  const remembered = heads.at(stream, sequence);
  if (remembered !== null) return ok(remembered);
  const found = await statements.head(stream);
  if (!found.ok) return found;
  return ok(found.value?.sequence === sequence ? found.value : { sequence, hash: emptyHead.hash });
}

function afterAnswer(
  { stream, expected, fence }: Commit,
  answer: CommitAnswer,
  heads: RememberedHeads,
): Result<Head> | 'again' {
  if (answer.outcome === 'behind') {
    const present = answer.head ?? emptyHead;
    heads.put(stream, present);
    // the same length but another hash: what was remembered is of another history, as after a restore
    return present.sequence === expected ? 'again' : streamConflict(stream, expected, present.sequence);
  }
  const failure = fence === null ? null : fenceFailure(fence, answer.lease, instant(answer.now));
  invariant(failure !== null, 'the database and fenceFailure judge a fence alike');
  return err(failure);
}

function afterRefusal(commit: Commit, { refused, detail }: Refusal): Result<Head> | 'again' {
  if (refused !== 'FW001') return 'again';
  const [place = 0, found = 0] = detail.split(' ').map(Number);
  const write = commit.rows[place - 1];
  invariant(write !== undefined, 'fairway.commit names the row that does not fit');
  return rowConflict(write, found);
}
