import { expect, test } from 'vitest';
import { check } from './check.ts';
import type { CheckFinding, World } from './world.ts';

/** What `fairway check` prints last of a definition with these findings. */
async function tallyOf(...severities: CheckFinding['severity'][]): Promise<string | undefined> {
  const lines: string[] = [];
  const findings = severities.map((severity) => ({ severity, line: 'a line', data: null }));
  const world = {
    check: async () => ({ system: 'shop', environments: ['dev'], findings }),
    print: (line: string) => lines.push(line),
  };
  await check(world as unknown as World, 'shop', false, false);
  return lines.at(-1);
}

test('what was found is counted, one in the singular', async () => {
  expect(await tallyOf('error', 'warning', 'note')).toBe(
    'shop: 1 environment (dev); 1 error, 1 warning, 1 note (shown with --notes)',
  );
  expect(await tallyOf('warning', 'warning')).toBe(
    'shop: 1 environment (dev); 0 errors, 2 warnings, 0 notes',
  );
});
