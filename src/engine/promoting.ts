import type { Release, Revision } from '#core/release';
import type { Environment, Service } from '#core/system';
import { type Clock, fail, minutes, ok, type Result } from '#kernel';
import type { Store } from '#ports';
import { type Parts, partsOf } from './building.ts';
import { call } from './call.ts';
import { openLedger } from './ledger.ts';
import { currentOf } from './records.ts';
import type { PromotionRequest } from './requests.ts';
import type { Runner } from './runner.ts';

/**
 * The release that is promoted, as the store has it: whoever is in charge of the other environment is not asked. Only what
 * was good there goes on to others. Failures: `promotion_to_itself` (facts: environment), `promotion_nothing_released`
 * (facts: from), `promotion_source_down` (facts: from), `release_unknown` (facts: environment, release),
 * `promotion_not_good` (facts: from, release, good).
 */
export async function promotedFrom(
  store: Store,
  clock: Clock,
  { environment, from, release }: PromotionRequest,
): Promise<Result<Release>> {
  if (from === environment.name) return fail('promotion_to_itself', { environment: from });
  const ledger = await openLedger(store, from, clock, () => undefined);
  const row = ledger.environment;
  const wanted = release ?? currentOf(row);
  if (wanted === null) return fail('promotion_nothing_released', { from });
  if (release === null && row.status === 'down') return fail('promotion_source_down', { from });
  const found = await ledger.release(wanted);
  if (found === null) return fail('release_unknown', { environment: from, release: wanted });
  if (row.good.includes(wanted)) return ok(found);
  return fail('promotion_not_good', { from, release: wanted, good: row.good.join(', ') });
}

/**
 * What a release is made of, out of the builds of another environment's (R10), as this one declares it: its variables,
 * replicas, secrets and strategies are its own. Failures: `promotion_part_missing`, `promotion_files_differ`,
 * `promotion_build_gone` (facts: part, from, release, environment), those of the target's `adopt`.
 */
export function adoptParts(
  runner: Runner,
  clock: Clock,
  environment: Environment,
  source: Release,
): Promise<Result<Parts>> {
  const adopt = async (part: string, service: Service, made: Revision | undefined) => {
    const facts = { part, from: source.environment, release: source.number, environment: environment.name };
    if (made === undefined) return fail('promotion_part_missing', facts);
    if (filesOf(made.spec) !== filesOf(service)) return fail('promotion_files_differ', facts);
    const limits = { key: `adopt/${service.name}`, within: minutes(2) };
    const adopted = await call(runner, clock, limits, (context) =>
      runner.target.adopt(service, made.build, context, environment.secrets),
    );
    const isGone = !adopted.ok && adopted.error.code === 'snapshot_missing';
    return isGone ? fail('promotion_build_gone', facts) : adopted;
  };
  return partsOf(environment, null, {
    service(service) {
      const made = source.revisions.find((revision) => revision.service === service.name);
      return adopt(`the service ${service.name}`, service, made);
    },
    job: (name, service) => adopt(`the job ${name}`, service, source.jobs[name]),
  });
}

/** Which folders a build is made of: of others it would not be the build of this service. */
const filesOf = ({ folder, include }: Service) => [folder, ...include.toSorted()].join('\0');
