import type { CatalogueEntry } from './catalogue-entry.ts';

/** Why what one environment runs cannot be released in another one. */
export const promotionEntries = {
  promotion_alone: {
    sentence: '{option} does not go with --promote: what is promoted is what was released.',
    hint: 'Leave {option} out.',
    status: 422,
    exit: 2,
  },
  promotion_build_gone: {
    sentence: 'The build of {part} in release {release} of {from} is not there any more.',
    hint: 'Release {from} again, and promote that.',
    status: 410,
    exit: 5,
  },
  promotion_files_differ: {
    sentence: 'In {environment} {part} is built from other folders than in release {release} of {from}.',
    hint: 'Declare the same folder and include in both, and release {from} again.',
    status: 409,
    exit: 5,
  },
  promotion_not_good: {
    sentence: 'Release {release} of {from} was not promoted there, or was gone back from.',
    hint: '[Good ones: {good}.] See "fairway history --env {from}".',
    status: 409,
    exit: 5,
  },
  promotion_not_understood: {
    sentence: 'There is no environment to promote from in "{promotion}".',
    hint: 'Write "--promote staging" or "--promote staging@7".',
    status: 422,
    exit: 2,
  },
  promotion_nothing_released: {
    sentence: '{from} has no release that could be promoted.',
    hint: 'Release there first.',
    status: 409,
    exit: 5,
  },
  promotion_part_missing: {
    sentence: '{environment} declares {part}, and release {release} of {from} has none.',
    hint: 'Release {from} with it first.',
    status: 409,
    exit: 5,
  },
  promotion_source_down: {
    sentence: '{from} is down and runs nothing.',
    hint: 'Bring it up, or name one of its releases: "--promote {from}@7".',
    status: 409,
    exit: 5,
  },
  promotion_to_itself: {
    sentence: '{environment} cannot be promoted to itself.',
    hint: 'Name the environment whose release it should get: "--promote staging".',
    status: 422,
    exit: 2,
  },
} as const satisfies Record<string, CatalogueEntry>;
