import { pathText, readSystem } from '#core/system';

/** A small system and what `check` says of it, for tests of what it says of releases. */
export const program = { folder: 'x', command: ['node', 'main.ts'], probes: { ready: '/readyz' } };

export interface Given {
  readonly release?: object;
  readonly services?: object;
  readonly [part: string]: unknown;
}

export function found({
  services,
  ...system
}: Given): readonly (readonly [string, string, string, string])[] {
  const { problems } = readSystem({
    name: 'shop',
    services: services ?? { web: program },
    stores: { db: { kind: 'postgres' } },
    environments: { dev: { target: 'local' } },
    ...system,
  });
  return problems
    .filter(({ code }) => code !== 'not_honoured_yet')
    .map(({ severity, code, path, sentence }) => [severity, code, pathText(path), sentence] as const);
}
export const migrations = (declared: object, release: object = {}) => ({
  release: { migrations: { service: 'web', ...declared }, ...release },
});
export const sql = { folder: 'x/sql' };
