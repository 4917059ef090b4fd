import { describe, expect, it } from 'vitest';
import { acceptedIn, changeOf, reportOf } from './mutants.ts';

const source = 'a();\nif (one &&\n  two) b();\nc();\n';
const mutant = (line: number, column: number, endLine: number, endColumn: number, replacement: string) => ({
  id: '1',
  fileName: 'x.ts',
  replacement,
  location: { start: { line, column }, end: { line: endLine, column: endColumn } },
});

describe('a change', () => {
  it('is told by its whole lines, in one', () => {
    expect(changeOf(mutant(1, 4, 2, 5, 'true'), source)).toEqual({
      id: '1',
      file: 'x.ts',
      line: 2,
      before: 'if (one && two) b();',
      after: 'if (true) b();',
    });
  });
});

describe('the list', () => {
  const page = [
    '# Title',
    'prose `if (a)`',
    '## `x.ts`',
    'A reason.',
    '```ts',
    '  if (true) b();',
    '',
    'b2();',
    '```',
    '## `y.ts`',
    '```ts',
    'c();',
    '```',
  ].join('\n');

  it('has the lines of code under the name of a file', () => {
    expect(acceptedIn(page)).toEqual(['x.ts: if (true) b();', 'x.ts: b2();', 'y.ts: c();']);
  });

  const change = changeOf(mutant(1, 4, 2, 5, 'true'), source);
  it('is complete when it has every change that survived, and no other of the files looked at', () => {
    const good = reportOf([change], [change], ['x.ts: if (true) b();', 'y.ts: c();']);
    expect(good.isGood).toBe(true);
    expect(good.lines.at(-1)).toContain('1 changes, 1 survived, 1 of them accepted');
  });

  it('is not when one is missing, or one is in it that a test notices', () => {
    const twice = reportOf([change, change], [change, change], ['x.ts: if (true) b();']);
    expect(twice.isGood).toBe(false);
    const missing = reportOf([change], [change], []);
    expect(missing.isGood).toBe(false);
    expect(missing.lines.at(-1)).toContain('x.ts:2\n- if (one && two) b();\n+ if (true) b();');
    const stale = reportOf([change], [], ['x.ts: if (true) b();']);
    expect(stale.isGood).toBe(false);
    expect(stale.lines.at(-1)).toContain('x.ts: if (true) b();');
  });
});
