import { systemClock } from './clock.ts';
import { createLog } from './log.ts';

/** A real log whose lines are kept. */
export function keptLog() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLog({
    level: 'debug',
    format: 'plain',
    base: {},
    secrets: [],
    clock: systemClock,
    write,
  });
  return { log, lines, messages: () => lines.map(({ message }) => message) };
}
