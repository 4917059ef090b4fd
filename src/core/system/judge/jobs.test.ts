import { describe, expect, test } from 'vitest';
import { found, migrations, program, sql } from './found.fixture.ts';

/** What `check` says of hooks and migrations. */
const night = { days: ['sun'], from: '02:00', until: '04:00', zone: 'UTC' };

describe('hooks', () => {
  const hook = (change: object = {}) => ({ name: 'warm', folder: 'x', command: ['node', 'w.ts'], ...change });
  test.each([
    [
      'one without a name',
      { before: [hook({ name: undefined })] },
      'definition_missing_field',
      'release.hooks.before[0].name',
      'release.hooks.before[0] lacks "name".',
    ],
    [
      'two of one name',
      { before: [hook()], after: [hook()] },
      'definition_name_taken',
      'release.hooks.after[0].name',
      'Another hook has the name "warm" too.',
    ],
    [
      'one named like a service',
      { after: [hook({ name: 'web' })] },
      'definition_name_taken',
      'release.hooks.after[0].name',
      'A service has the name "web" too.',
    ],
    [
      'one that needs nobody we know',
      { before: [hook({ needs: ['weeb'] })] },
      'definition_unknown_reference',
      'release.hooks.before[0].needs[0]',
      'release.hooks.before[0].needs[0] names "weeb", which is not among the services and stores.',
    ],
    [
      'one with a secret nobody declares',
      { before: [hook({ secrets: ['KEY'] })] },
      'definition_unknown_reference',
      'release.hooks.before[0].secrets[0]',
      'release.hooks.before[0].secrets[0] names "KEY", which is not among the secrets.',
    ],
    [
      'one outside of the system',
      { before: [hook({ folder: '../x' })] },
      'definition_path_outside',
      'release.hooks.before[0].folder',
      'release.hooks.before[0].folder leads out of the folder of the system.',
    ],
  ])('%s', (_, hooks, ...expected) => {
    expect(found({ release: { hooks } })).toEqual([['error', ...expected]]);
  });

  test('one named like a phase of the migrations, and a service that is', () => {
    const { release } = migrations(sql, { hooks: { before: [hook({ name: 'migrate-expand' })] } });
    const services = { web: program, 'migrate-contract': program };
    expect(found({ services, release }).map(([, code, path]) => [code, path])).toEqual([
      ['definition_name_taken', 'services.migrate-contract'],
      ['definition_name_taken', 'release.hooks.before[0].name'],
    ]);
  });
});

describe('migrations', () => {
  const run = { command: ['node', 'm.ts'] };
  test.each([
    [
      'nothing to run',
      migrations({}),
      'error',
      'definition_migrations_form',
      'release.migrations',
      'release.migrations does not say what to run.',
    ],
    [
      'phases without one',
      migrations({ phases: {} }),
      'error',
      'definition_migrations_form',
      'release.migrations',
      'release.migrations does not say what to run.',
    ],
    [
      'two things to run',
      migrations({ ...sql, ...run }),
      'error',
      'definition_migrations_form',
      'release.migrations',
      'release.migrations says in several ways what to run: folder and command.',
    ],
    [
      'a time where each phase has its own',
      migrations({ ...sql, when: 'after' }),
      'warning',
      'definition_migrations_form',
      'release.migrations.when',
      'release.migrations.when is declared, but folder says by itself when each phase runs.',
    ],
    [
      'a service nobody declares',
      migrations({ ...sql, service: 'wbe' }),
      'error',
      'definition_unknown_reference',
      'release.migrations.service',
      'release.migrations.service names "wbe", which is not among the services.',
    ],
    [
      'a store nobody declares',
      migrations({ ...sql, store: 'bd' }),
      'error',
      'definition_unknown_reference',
      'release.migrations.store',
      'release.migrations.store names "bd", which is not among the stores.',
    ],
    [
      'a store that is no Postgres',
      { ...migrations({ ...sql, store: 'cache' }), stores: { cache: { kind: 'redis' } } },
      'error',
      'definition_migrations_unfit',
      'release.migrations.store',
      'release.migrations.store names "cache", which is no Postgres.',
    ],
    [
      'SQL and no database',
      { ...migrations(sql), stores: {} },
      'error',
      'definition_migrations_unfit',
      'release.migrations',
      'release.migrations has a folder of SQL, but there is no Postgres to run it in.',
    ],
    [
      'two databases',
      { ...migrations(sql), stores: { a: { kind: 'postgres' }, b: { kind: 'postgres' } } },
      'error',
      'definition_migrations_unfit',
      'release.migrations',
      'release.migrations does not say which of the databases it changes.',
    ],
    [
      'a folder outside of the system',
      migrations({ folder: '../sql' }),
      'error',
      'definition_path_outside',
      'release.migrations.folder',
      'release.migrations.folder leads out of the folder of the system.',
    ],
    [
      'a contract inside the way back',
      migrations({ ...sql, contractAfter: '10m' }, { strategy: 'blue-green', blueGreen: { keepOld: '1h' } }),
      'error',
      'definition_contract_too_early',
      'release.migrations.contractAfter',
      'release.migrations.contractAfter is 10m, inside the 1h in which the old revisions are kept to go back to.',
    ],
    [
      'expand and never contract',
      migrations({ phases: { expand: run } }),
      'warning',
      'definition_no_contract',
      'release.migrations.phases',
      'release.migrations expands the schema, but no phase contracts it again.',
    ],
    [
      'any change at any time',
      migrations({ ...sql, policy: 'any' }),
      'warning',
      'definition_any_without_window',
      'release.migrations.policy',
      'release.migrations.policy is any, without a maintenance window: users meet the old code with the new schema, and once expand has begun there is only the way forward.',
    ],
  ])('%s', (_, system, ...expected) => {
    expect(found(system)).toEqual([expected]);
  });

  test('a service without files', () => {
    const services = { web: program, n8n: { image: { name: 'n8nio/n8n' } } };
    expect(found({ services, ...migrations({ ...sql, service: 'n8n' }) })).toContainEqual([
      'error',
      'definition_migrations_unfit',
      'release.migrations.service',
      'release.migrations.service names "n8n", which has no folder they could run in.',
    ]);
  });

  test.each([
    ['one program, whatever it is for', migrations(run)],
    ['one program and a database of somebody else', { ...migrations(run), stores: {} }],
    [
      'changes that are never taken back',
      migrations({ phases: { expand: run }, policy: 'backward-compatible' }),
    ],
    [
      'any change while the window of releases is open',
      { ...migrations({ ...sql, policy: 'any' }, { window: 'night' }), windows: { night } },
    ],
    ['a contract as soon as the old revisions go', migrations({ ...sql, contractAfter: '30m' })],
  ])('%s is let through', (_, system) => {
    expect(found(system)).toEqual([]);
  });
});
