import { describe, expect, test } from 'vitest';
import type { AuditView, ChainView } from '#api';
import { instant } from '#kernel';
import { auditLines, chainLines } from './audit.ts';

const at = instant(Date.UTC(2026, 10, 22, 6, 30, 5));
const line: AuditView = {
  environment: 'prod',
  sequence: 12,
  at,
  type: 'environment.opening',
  by: 'ann',
  sentence: 'ann brings prod up',
  note: '',
  release: null,
  hash: 'a'.repeat(64),
};
const chain: ChainView = { name: 'prod', environment: 'prod', entries: 12, hash: 'abc', misfit: null };

describe('fairway audit', () => {
  test('tells when, where, which entry, who did what, and why', () => {
    const [first, second] = auditLines([
      line,
      { ...line, environment: null, sequence: 3, note: 'moved desks' },
    ]);
    expect(first).toMatch(/^2026-11-22 \d\d:30:05 +prod +12 +ann brings prod up$/);
    expect(second).toMatch(/ access +3 +ann brings prod up: "moved desks"$/);
    const said = auditLines([{ ...line, sentence: 'release 3 by ann: "faster"; web', note: 'faster' }]);
    expect(said[0]).toMatch(/ release 3 by ann: "faster"; web$/);
    expect(auditLines([])).toEqual(['nobody has done anything yet']);
  });

  test('says of each journal whether it is what was written, with its newest hash', () => {
    const good = chainLines([chain]);
    expect(good[1]).toMatch(/^prod +12 +as it was written +abc$/);
    expect(good.at(-1)).toMatch(/^Note the newest hashes/);
    const bad = chainLines([chain, { ...chain, name: 'access', misfit: 7 }]);
    expect(bad[2]).toMatch(/^access +12 +CHANGED: entry 7 is not what was written +abc$/);
    expect(bad.at(-1)).toMatch(/^Bring the journal back/);
    expect(chainLines([{ ...chain, hash: '', misfit: 12 }])[1]).toMatch(
      /CHANGED: entry 12 .* cannot be read$/,
    );
    expect(chainLines([])).toEqual(['nothing has been written yet']);
  });
});
