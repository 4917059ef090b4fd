import { expect, test } from 'vitest';
import { missingEntries, platformEntry } from './complete-lock.mjs';

const tool = {
  optionalDependencies: { '@tool/linux-x64': '1.2.3', '@tool/darwin-arm64': '1.2.3' },
  dev: true,
};

test('packages that are named and have no entry are missing', () => {
  const packages = { 'node_modules/tool': tool, 'node_modules/@tool/linux-x64': { version: '1.2.3' } };
  expect(missingEntries({ packages })).toEqual([
    { path: 'node_modules/@tool/darwin-arm64', version: '1.2.3', by: tool },
  ]);
});

test.each([
  ['@tool/darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['@tool/binding-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@tool/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'] }],
  ['tool-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
])('the platform of %s is read from its name', (name, platform) => {
  expect(platformEntry({ path: `node_modules/${name}`, version: '1.2.3', by: tool })).toEqual({
    version: '1.2.3',
    dev: true,
    optional: true,
    ...platform,
  });
});

test.each([
  ['tool-addon', '1.2.3'],
  ['tool-linux', '1.2.3'],
  ['tool-linux-x64', '^1.2.3'],
])('%s %s gets no entry', (name, version) => {
  expect(platformEntry({ path: `node_modules/${name}`, version, by: tool })).toBeNull();
});
