import { describe, expect, test } from 'vitest';
import { fail } from '#kernel';
import { environmentAt } from './place.ts';
import { runCommandLine } from './program.ts';
import type { World } from './world.ts';

function aWorld(environments: readonly string[]) {
  const complained: string[] = [];
  const world = {
    check: async () => ({ environments, findings: [] }),
    complain: (text: string) => complained.push(text),
    print: () => {},
  } as unknown as World;
  return { world, complained };
}

describe('the environment a command is about', () => {
  test.each([
    [undefined, 'dev'],
    ['prod', 'prod'],
  ])('named %s it is %s, and nobody else is asked', async (named, environment) => {
    const { world } = aWorld(['dev', 'prod']);
    const asked = async () => Promise.reject(new Error('asked'));
    expect(await environmentAt(world, '/shop', named, false, asked)).toEqual({ environment });
  });

  test('is one taken out of the definition as long as it is still there, and unknown otherwise', async () => {
    const { world, complained } = aWorld(['dev']);
    const isThere = async (name: string) => name === 'old';
    expect(await environmentAt(world, '/shop', 'old', false, isThere)).toEqual({ environment: 'old' });
    expect(complained).toEqual([]);
    expect(await environmentAt(world, '/shop', 'odl', false, isThere)).toEqual({ exit: 2 });
    expect(complained.join('\n')).toContain('odl');
  });
});

test('for a name that is mistyped no control plane is started', async () => {
  const { world, complained } = aWorld(['dev']);
  const starts: boolean[] = [];
  const connect: World['connect'] = async (folder, start) => {
    starts.push(start);
    return fail('control_plane_absent', { folder });
  };
  const told = {
    ...world,
    connect,
    cwd: '/shop',
    clock: { now: () => 0, sleep: async () => {} },
  } as unknown as World;
  expect(await runCommandLine(['status', '--env', 'dve'], told, '0.0.0')).toBe(2);
  expect(starts).toEqual([false]);
  expect(complained.join('\n')).toContain('has no environment dve');
});
