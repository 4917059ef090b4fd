import type { ComparisonView } from '#api/browser';
import type { Release, Revision } from '#core/release';
import { differencesOf, shortBuild } from './differences.ts';

/** What differs between two releases: their services by name, those of the later one first. */
export function compareView(from: Release, to: Release): ComparisonView {
  const names = [...new Set([...to.revisions, ...from.revisions].map(({ service }) => service))];
  const services = names.map((name) => compared(name, find(from, name), find(to, name)));
  return { from: from.number, to: to.number, services: [...services, ...jobsOf(from, to)] };
}

type Compared = ComparisonView['services'][number];

function compared(name: string, before: Revision | null, after: Revision | null): Compared {
  const differences = before === null || after === null ? [] : differencesOf(before, after);
  const change =
    before === null ? 'added' : after === null ? 'removed' : differences.length > 0 ? 'changed' : 'same';
  return { name, change, before: short(before), after: short(after), differences };
}

/** Jobs that are the same are not worth a line. */
function jobsOf(from: Release, to: Release): Compared[] {
  const names = [...new Set([...Object.keys(to.jobs), ...Object.keys(from.jobs)])];
  return names
    .map((name) => compared(`job ${name}`, from.jobs[name] ?? null, to.jobs[name] ?? null))
    .filter(({ change }) => change !== 'same');
}

const find = ({ revisions }: Release, service: string) =>
  revisions.find((revision) => revision.service === service) ?? null;

const short = (revision: Revision | null) =>
  revision === null ? null : { revision: revision.id, build: shortBuild(revision.build) };
