import type { CatalogueEntry } from './catalogue-entry.ts';

/** Why a release did not go through, and what may not be asked of one. */
export const releaseEntries = {
  aborted: {
    sentence: 'The release was aborted[ by {by}][: {note}].',
    hint: 'Traffic is back on the revisions before it. Release again when you are ready.',
    status: 409,
    exit: 3,
  },
  approval_given: {
    sentence: '{by} has approved as {role} already; each person counts once.',
    hint: 'Somebody else has to approve too. Who has, is in "fairway status".',
    status: 409,
    exit: 5,
  },
  approval_role: {
    sentence: 'This release asks for approval by {wanted}, not by {role}.',
    hint: 'If that is your role, write --as "{wanted}".',
    status: 403,
    exit: 5,
  },
  check_broken: {
    sentence:
      'A check ended with exit code {exitCode} and without an answer that could be read.[ Its last lines: {output}]',
    hint: 'A check prints one line of JSON and exits with 0 when it is green. Run it by itself with "fairway probe".',
    status: 500,
    exit: 3,
  },
  confirmation_needed: {
    sentence: 'Deleting the data of {environment} was not confirmed.',
    hint: 'Say it on the command line with --yes when nobody can be asked.',
    status: 409,
    exit: 5,
  },
  crash_loop: {
    sentence: 'Revision {revision} crashed {crashes} times while it was started: {detail}.',
    hint: 'Read its last lines with "fairway logs", mend what they tell and release again.',
    status: 500,
    exit: 3,
  },
  definition_unusable: {
    sentence: 'The definition cannot be used as it is.',
    hint: 'Each finding says where it is and what to write instead; see them again with "fairway check".',
    status: 422,
    exit: 2,
  },
  effect_cancelled: {
    sentence: 'The step {effect} was cancelled before it was done.',
    hint: 'Nothing needs to be done: the release goes on, or back, from what the journal holds.',
    status: 503,
    exit: 1,
  },
  effect_timed_out: {
    sentence: 'The step {effect} was not done by its deadline.',
    hint: 'See with "fairway status" what the target is busy with; the release tries again or goes back by itself.',
    status: 504,
    exit: 1,
  },
  engine_broken: {
    sentence: 'The release engine met something it was not written for: {reason}.',
    hint: 'Services keep running. Restart the control plane with "fairway serve"; if it comes back, report it with the output of "fairway explain".',
    status: 500,
    exit: 1,
  },
  environment_down: {
    sentence: 'The environment {environment} is down.',
    hint: 'Bring it up first with "fairway up".',
    status: 409,
    exit: 2,
  },
  environment_unknown: {
    sentence: 'The definition has no environment {environment}.',
    hint: '[It has: {environments}. ][It has: {known}. ]Name one with --env.',
    status: 404,
    exit: 2,
  },
  gate_failed: {
    sentence: 'The gate stopped the release: {sentence}.',
    hint: 'Traffic went back by itself. The numbers behind the verdict are in "fairway explain".',
    status: 409,
    exit: 3,
  },
  gate_inconclusive: {
    sentence: 'The evidence did not suffice to pass the gate; it needs {needs}.',
    hint: 'Send more requests to the canary, hold longer (release.gate, steps.hold), or let it wait with onInconclusive: hold.',
    status: 409,
    exit: 3,
  },
  intent_not_legal: {
    sentence: '{intent} is not possible while release {release} is {phase}[: {why}].',
    hint: '[Possible now: {possible}. ]"fairway status" shows what it waits for.',
    status: 409,
    exit: 2,
  },
  job_failed: {
    sentence: '{job} ended with exit code {exitCode}: {detail}.',
    hint: 'Mend what it tells and release again; a job must bear to be run twice.',
    status: 500,
    exit: 3,
  },
  job_timed_out: {
    sentence: '{job} was not done after {timeout:duration}.',
    hint: 'See how far it came with "fairway explain". If it needs longer, raise its timeout.',
    status: 504,
    exit: 3,
  },
  no_rollout: {
    sentence: 'No release is under way in {environment}.',
    hint: 'Begin one with "fairway release".',
    status: 409,
    exit: 2,
  },
  not_ready_in_time: {
    sentence: 'Revision {revision} had {ready} of {wanted} replicas ready after {waited:duration}: {detail}.',
    hint: 'Read its last lines with "fairway logs". If it needs longer to start, raise release.startDeadline.',
    status: 504,
    exit: 3,
  },
  nothing_to_go_back_to: {
    sentence: 'There is no earlier good release in {environment} to go back to.',
    hint: 'See what was released with "fairway history".',
    status: 409,
    exit: 2,
  },
  release_before_contract: {
    sentence:
      'Release {release} cannot be gone back to: the schema of release {contracted} has been contracted, and older code does not know it.',
    hint: 'There is only forward from here: mend it and release again.',
    status: 409,
    exit: 5,
  },
  release_not_good: {
    sentence: 'Release {release} is not one that {environment} can go back to.',
    hint: 'Good ones: {good}. Write "fairway rollback" without a number to go to the one before.',
    status: 409,
    exit: 2,
  },
  release_unknown: {
    sentence: 'There is no release {release} in {environment}.',
    hint: 'See which there are with "fairway history".',
    status: 404,
    exit: 2,
  },
  environment_opening: {
    sentence: 'The environment {environment} is still coming up.',
    hint: 'Wait for it with "fairway status", and release then.',
    status: 409,
    exit: 5,
  },
  rollout_in_progress: {
    sentence: 'Release {release} is under way in {environment} ({phase}).',
    hint: 'Wait for its end with "fairway status", end it with "fairway abort", or let newer releases queue with release.supersede.',
    status: 409,
    exit: 5,
  },
  rollout_timed_out: {
    sentence: 'The release was not over after {limit:duration} and was given up while {phase}.',
    hint: 'See with "fairway explain" what it waited for. If that is usual, raise release.deadline.',
    status: 504,
    exit: 3,
  },
  service_unknown: {
    sentence: 'There is no service {service} in this environment.',
    hint: 'It has: {services}.',
    status: 404,
    exit: 2,
  },
  setting_not_understood: {
    sentence: '{setting} is not a setting that --set understands.',
    hint: 'Write --set SERVICE.env.NAME=VALUE, for example --set web.env.GREETING=hello.',
    status: 422,
    exit: 2,
  },
  source_unknown: {
    sentence: '{source} is neither a folder nor a commit, branch or tag that git knows here.',
    hint: 'Check the spelling; git needs to have fetched it.',
    status: 404,
    exit: 2,
  },
  step_timed_out: {
    sentence: 'The release stood still while {phase}; {waited:duration} after its beginning it went back.',
    hint: 'See with "fairway explain" what it was waiting for.',
    status: 504,
    exit: 3,
  },
  superseded: {
    sentence: 'The release gave way to release {release}, which was asked for after it[ by {by}].',
    hint: 'Nothing needs to be done: release {release} goes on from here.',
    status: 409,
    exit: 3,
  },
  wait_timed_out: {
    sentence: 'Nobody came in time: {what}, waited {waited:duration}.',
    hint: 'Release again when the people are there, or give them longer (release.approval.within).',
    status: 504,
    exit: 3,
  },
} as const satisfies Record<string, CatalogueEntry>;
