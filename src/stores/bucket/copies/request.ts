import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Result } from '#kernel';
import { bucketKind, type BucketSpec } from '../../bucket-kind.ts';
import { copyFailed, runningServer } from '../../copies-ground.ts';
import { type Access, findHome } from '../../supervisor/index.ts';
import { signedHeaders } from '../sign-request.ts';
import { COPY, STAGES } from './stage.ts';

const STAGE_WITHIN_MILLIS = 30 * 60_000;

export interface StagePlace {
  readonly spec: BucketSpec;
  /** Of the store, which runs. */
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Has the running server stage what it holds, works with the folder, and takes it away. Failures: `store_copy_failed`
 * (facts: store, reason), `store_state_unreadable`, and those of the work.
 */
export async function withStage<T>(
  place: StagePlace,
  only: 'everything' | 'database',
  work: (stage: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { spec, folder } = place;
  const running = await runningServer(folder, spec.name);
  if (!running.ok) return running;
  const home = await findHome(folder);
  if (home === null) return copyFailed(spec.name, 'its folder has no data');
  const asked = await askForStage(place, running.value.access, only);
  if (!asked.ok) return asked;
  const stage = join(home, STAGES, asked.value);
  try {
    return await work(stage);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function askForStage(
  { spec, clock, signal }: StagePlace,
  access: Access,
  only: 'everything' | 'database',
): Promise<Result<string>> {
  const env = bucketKind(spec).binding(access).env;
  const url = new URL(`${COPY}?only=${only}`, env['ENDPOINT']);
  const credentials = {
    accessKeyId: env['ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['SECRET_ACCESS_KEY'] ?? '',
    region: env['REGION'] ?? '',
  };
  const headers = signedHeaders({ method: 'POST', url, body: '', credentials, now: clock.now() });
  const within = AbortSignal.any([signal, AbortSignal.timeout(STAGE_WITHIN_MILLIS)]);
  const response = await fetch(url, { method: 'POST', headers, signal: within });
  const text = await response.text();
  // A server of a version before this one takes the address for that of an object.
  const stage = response.ok ? /^\{"stage":"([0-9a-f-]{36})"\}$/.exec(text)?.[1] : undefined;
  if (stage !== undefined) return { ok: true, value: stage };
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? 'no code';
  return copyFailed(spec.name, `its server answered with status ${response.status} (${code})`);
}
