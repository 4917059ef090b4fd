import { exitCodes } from './exit.ts';
import type { CheckFinding, World } from './world.ts';

/** Prints findings, one line each, notes only where asked for; exit code 2 when one of them is an error. */
export async function check(world: World, folder: string, json: boolean, notes: boolean): Promise<number> {
  const report = await world.check(folder);
  const errors = report.findings.filter((finding) => finding.severity === 'error').length;
  if (json) {
    const findings = report.findings.map((finding) => finding.data);
    world.print(
      JSON.stringify({ system: report.system, environments: report.environments, errors, findings }),
    );
    return errors === 0 ? exitCodes.done : exitCodes.wrongInput;
  }
  const shown = report.findings.filter((finding) => notes || finding.severity !== 'note');
  for (const finding of shown) world.print(`${finding.severity.padEnd(8)}${finding.line}`);
  const count = (severity: CheckFinding['severity']) =>
    report.findings.filter((finding) => finding.severity === severity).length;
  const counted = (severity: CheckFinding['severity']) => several(count(severity), severity);
  const hidden = notes || count('note') === 0 ? '' : ' (shown with --notes)';
  const tally = `${counted('error')}, ${counted('warning')}, ${counted('note')}${hidden}`;
  world.print(
    report.system === null
      ? tally
      : `${report.system}: ${several(report.environments.length, 'environment')} (${report.environments.join(', ')}); ${tally}`,
  );
  return errors === 0 ? exitCodes.done : exitCodes.wrongInput;
}

const several = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
