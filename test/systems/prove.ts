import type { ExplainView } from '#api';
import { failuresOf, steadyLoad } from '../e2e/load.ts';
import { type Place, placeOf, type Ran } from '../e2e/place.ts';
import { type Drilled, drilled, spanOf } from './drilled.ts';
import { planOf, type Proof, proofOf, type SystemName } from './plan.ts';

/** What a system did from nothing to nothing. */
export interface Story {
  readonly system: SystemName;
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly services: number;
  readonly replicas: number;
  readonly stores: number;
  /** Milliseconds from the command to everything being ready. */
  readonly up: number;
  readonly checks: number;
  /** How it came back from its copies, beside the running one. */
  readonly drill: Drilled;
  /** The good release: how it ended, and what its users had of it. */
  readonly good: { readonly outcome: string; readonly requests: number; readonly failed: number };
  /** The bad one: failures on its canary, and those of anybody else. */
  readonly bad: {
    readonly outcome: string;
    readonly requests: number;
    readonly hurt: number;
    readonly failedElsewhere: number;
  };
  /** What did not go as it should, a sentence each; empty: all of it did. */
  readonly problems: readonly string[];
}

/**
 * Brings a copy of the system up on this machine, runs its checks, restores it from its copies beside itself, releases a good and a
 * bad version by canary under load, and takes it down with its data. What goes wrong is told in the story; one that does not come up
 * has none, and throws what it said. The place is always cleared.
 */
export async function prove(system: SystemName, tell: (line: string) => void): Promise<Story> {
  const proof = await proofOf(system);
  const problems: string[] = [];
  const place = placeOf(`systems/${system}`);
  const at = Date.now();
  try {
    const begun = performance.now();
    const up = await place.fairway('up');
    if (up.exitCode !== 0)
      throw new Error(`${system} did not come up: "fairway up" ended with ${up.exitCode}.\n${up.output}`);
    const took = performance.now() - begun;
    tell(`${system}: up after ${(took / 1_000).toFixed(1)} s`);
    const { services, stores } = await place.status();
    const probed = await place.fairway('probe', '--json');
    expectEnd(problems, 'probe', probed, 0);
    const drill = await drilled(place, problems);
    tell(`${system}: restored in ${spanOf(drill.rto)}, with everything but the last ${spanOf(drill.rpo)}`);
    const good = await releaseGood(place, proof, problems);
    tell(`${system}: good release ${good.outcome}, ${good.failed} of ${good.requests} requests failed`);
    const bad = await releaseBad(place, proof, problems);
    tell(`${system}: bad release ${bad.outcome}, ${bad.hurt} of ${bad.requests} requests hurt`);
    expectEnd(problems, 'down', await place.fairway('down', '--erase', '--yes'), 0);
    return {
      system,
      at,
      services: services.length,
      replicas: services.reduce((sum, { replicas }) => sum + replicas.length, 0),
      stores: stores.length,
      up: took,
      checks: checksIn(probed),
      drill,
      good,
      bad,
      problems,
    };
  } finally {
    await place[Symbol.asyncDispose]();
  }
}

async function releaseGood(place: Place, proof: Proof, problems: string[]): Promise<Story['good']> {
  const { outcome, report, ran } = await releasedUnderLoad(place, proof, 'APP_VERSION=2');
  if (outcome !== 'promoted') problems.push(`the good release ended as ${outcome}: ${ran.output}`);
  const { sent, failed, unsent } = report.requests;
  if (failed > 0 || unsent > 0) problems.push(`the good release cost requests: ${failuresOf(report)}`);
  if (report.sockets.abnormal > 0) problems.push(`the good release cut sockets: ${failuresOf(report)}`);
  return { outcome, requests: sent, failed };
}

async function releaseBad(place: Place, proof: Proof, problems: string[]): Promise<Story['bad']> {
  const { outcome, report, ran } = await releasedUnderLoad(place, proof, 'FAULT_ERROR_SHARE=0.3');
  if (outcome !== 'rolledBack') problems.push(`the bad release ended as ${outcome}: ${ran.output}`);
  const explained = JSON.parse((await place.fairway('explain', '--json')).output) as ExplainView;
  const arm = explained.rollout.arms.find((each) => each.role === 'canary' && each.service === proof.release);
  const hurt = report.revisions.find((each) => each.revision === arm?.revision)?.failed ?? 0;
  const failedElsewhere = report.requests.failed - hurt;
  if (hurt === 0) problems.push('the bad release hurt nobody: nothing was caught');
  if (failedElsewhere > 0)
    problems.push(`users of the good version were hurt by the bad release: ${failuresOf(report)}`);
  return { outcome, requests: report.requests.sent, hurt, failedElsewhere };
}

/** Releases by canary with one variable changed, while the system's users go on asking. */
async function releasedUnderLoad(place: Place, proof: Proof, setting: string) {
  await using load = await steadyLoad(planOf(proof, await place.address(proof.entry)));
  const set = `${proof.release}.env.${setting}`;
  const ran = await place.fairway('release', '--strategy', 'canary', '--set', set);
  const report = await load.end();
  const [last] = JSON.parse((await place.fairway('history', '--json')).output) as { outcome: string }[];
  return { outcome: last?.outcome ?? 'nothing', report, ran };
}

function expectEnd(problems: string[], command: string, ran: Ran, exitCode: number): void {
  if (ran.exitCode !== exitCode)
    problems.push(`fairway ${command} ended with ${ran.exitCode ?? 'a signal'}: ${ran.output}`);
}

const checksIn = (probed: Ran): number =>
  probed.exitCode === 0 ? (JSON.parse(probed.output) as unknown[]).length : 0;
