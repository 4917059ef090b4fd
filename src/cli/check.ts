import { exitCodes } from './exit.ts';
import type { World } from './world.ts';

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
  const count = (severity: string) =>
    report.findings.filter((finding) => finding.severity === severity).length;
  const hidden = notes || count('note') === 0 ? '' : ' (shown with --notes)';
  const tally = `${errors} errors, ${count('warning')} warnings, ${count('note')} notes${hidden}`;
  world.print(
    report.system === null
      ? tally
      : `${report.system}: ${report.environments.length} ${report.environments.length === 1 ? 'environment' : 'environments'} (${report.environments.join(', ')}); ${tally}`,
  );
  return errors === 0 ? exitCodes.done : exitCodes.wrongInput;
}
