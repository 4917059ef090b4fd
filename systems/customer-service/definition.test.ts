import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { delivery } from './definition/delivery.ts';
import { environments } from './definition/environments.ts';
import { operations } from './definition/operations.ts';
import { rehearsal } from './definition/rehearsal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = fileURLToPath(new URL('.', import.meta.url));

describe('the definition of the customer service', () => {
  it('has ten stages, nine artefacts, a checklist of twelve, and strict targets', () => {
    expect(Object.keys(delivery.pipeline)).toHaveLength(10);
    expect(Object.keys(delivery.artefacts)).toHaveLength(9);
    expect(delivery.checklists.deployment.items).toHaveLength(12);
    expect(operations.recovery).toMatchObject({ rto: '<15m', rpo: '<1h', drillEvery: '30d' });
    expect(Object.keys(environments)).toEqual(['dev', 'staging', 'prod']);
  });

  it('can be rehearsed on one machine with a standby and three replicas', async () => {
    const rehearsed = rehearsal({ name: 'customer-service', environments }).environments;
    expect(Object.keys(rehearsed)).toEqual(['rehearsal']);
    expect(rehearsed['rehearsal']).toMatchObject({
      target: 'local',
      services: { 'customer-service': { replicas: 3, env: { DATABASE_FALLBACK: 'none' } } },
      stores: { database: { standbys: 1 } },
    });

    const place = mkdtempSync(join(tmpdir(), 'customer-rehearsal-'));
    try {
      cpSync(folder, place, { recursive: true, filter: (path) => !/\/(node_modules|\.fairway)$/.test(path) });
      symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
      renameSync(join(place, 'fairway.config.ts'), join(place, 'system.ts'));
      writeFileSync(
        join(place, 'fairway.config.ts'),
        `import { rehearsal } from './definition/rehearsal.ts';\nimport system from './system.ts';\n\nexport default rehearsal(system);\n`,
      );
      const checked = await check(place);
      expect(checked).toMatchObject({ code: 0 });
      expect(checked.output).not.toMatch(/^(error|warning)/m);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});

const check = (place: string) =>
  new Promise<{ code: number; output: string }>((resolve) => {
    const args = [join(root, 'src', 'main.ts'), 'check', place];
    const child = execFile(process.execPath, args, { timeout: 25_000 }, (_reason, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
