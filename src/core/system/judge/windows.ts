import { formatDuration, minutes } from '#kernel';
import { type Path, type Problem, pathText, problem, shown } from '../finding.ts';
import { windowOf } from '../resolve/release.ts';
import type { Window } from '../resolved.ts';
import type { EnvironmentDeclaration } from '../schema/system.ts';
import { longestClosed, openMinutes } from './week.ts';

/** Windows and freezes that never let a release begin, or not before it is given up. */
export function judgeWindows(environment: EnvironmentDeclaration): readonly Problem[] {
  const { windows, schedule, release } = environment;
  const declared: readonly (readonly [Path, { readonly from: string; readonly until: string }])[] = [
    ...Object.entries(windows ?? {}).map(([name, window]) => [['windows', name], window] as const),
    ...(schedule === undefined ? [] : [[['schedule', 'open'], schedule.open] as const]),
  ];
  const empty = declared.flatMap(([path, { from, until }]) => (from === until ? [noLength(path, from)] : []));
  const backwards = release.freeze.flatMap((freeze, index) =>
    typeof freeze === 'object' && freeze.until < freeze.from
      ? [endsBefore(['release', 'freeze', index, 'until'], freeze)]
      : [],
  );
  return [...empty, ...backwards, ...(empty.length > 0 ? [] : openings(environment))];
}

function noLength(path: Path, time: string): Problem {
  const sentence = `${pathText(path)} opens and closes at ${time}: it has no length.`;
  const hint = 'write another until; for a whole day from: "00:00" and until: "24:00"';
  return problem('definition_window_empty', [...path, 'until'], sentence, { received: shown(time), hint });
}

function endsBefore(path: Path, { from, until }: { readonly from: string; readonly until: string }): Problem {
  const sentence = `${pathText(path)} is ${until}, before the freeze begins on ${from}.`;
  const hint = 'write the last day of it';
  return problem('definition_window_empty', path, sentence, { received: shown(until), hint });
}

/** A release waits until every window it needs is open and no freeze is; freezes by date pass. */
function openings({ windows, release }: EnvironmentDeclaration): readonly Problem[] {
  const called = (name: string | undefined): readonly Window[] => {
    const window =
      name !== undefined && windows !== undefined && Object.hasOwn(windows, name) ? windows[name] : undefined;
    return name === undefined || window === undefined ? [] : [windowOf(name, window)];
  };
  const place: Path =
    release.window !== undefined
      ? ['release', 'window']
      : release.migrations?.window !== undefined
        ? ['release', 'migrations', 'window']
        : ['release', 'freeze'];
  const needed = [...called(release.window), ...called(release.migrations?.window)];
  const frozen = release.freeze.flatMap((freeze) => (typeof freeze === 'string' ? called(freeze) : []));
  if (needed.length + frozen.length === 0) return [];
  const isNever = (season: readonly boolean[]) => !season.includes(true);
  if (openMinutes(needed, []).every(isNever)) return [apart(place, needed)];
  const seasons = openMinutes(needed, frozen);
  if (seasons.every(isNever)) return [alwaysFrozen(place, needed, frozen)];
  const closed = minutes(Math.min(...seasons.map(longestClosed)));
  if (closed <= release.deadline) return [];
  const sentence = `${pathText(place)} keeps a release waiting for up to ${formatDuration(closed)}, but it is given up after ${formatDuration(release.deadline)}.`;
  const hint = 'write a longer release.deadline, or open the window more often';
  return [problem('definition_wait_too_long', place, sentence, { severity: 'warning', hint })];
}

function apart(path: Path, needed: readonly Window[]): Problem {
  const sentence = `The windows ${listed(needed)} are never open together: a release that changes the schema could not begin.`;
  const hint = 'write windows that overlap, or one of them only';
  return problem('definition_window_never_open', path, sentence, { hint });
}

function alwaysFrozen(path: Path, needed: readonly Window[], frozen: readonly Window[]): Problem {
  const sentence =
    needed.length === 0
      ? `The freeze ${listed(frozen)} never ends: no release could begin.`
      : `${pathText(path)} is open only while the freeze ${listed(frozen)} is: no release could begin.`;
  const hint = 'write a window outside of the freeze, or a shorter freeze';
  return problem('definition_window_never_open', path, sentence, { hint });
}

const listed = (windows: readonly Window[]) => windows.map(({ name }) => `"${name}"`).join(' and ');
