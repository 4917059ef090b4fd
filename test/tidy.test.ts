import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Lock, missingEntries } from '../scripts/complete-lock.mjs';
import { brokenArrows, cycles, unknownParts } from './tidy-arrows.ts';
import { brokenPackages } from './tidy-packages.ts';
import { bannedIn, misshapen } from './tidy-rules.ts';
import { readProject, root } from './tidy-tree.ts';

const project = readProject();

test('imports follow the arrows of mayImport and go through faces', () => {
  expect(brokenArrows(project)).toEqual([]);
});

test('every face names a file and every folder of src has a row in mayImport', () => {
  expect(unknownParts(project)).toEqual([]);
});

test('the kit and the systems are packages of their own', () => {
  expect(brokenPackages(project)).toEqual([]);
});

test('no files import each other in a circle', () => {
  expect(cycles(project)).toEqual([]);
});

test('nothing banned stands in any file', () => {
  expect(project.sources.flatMap((source) => bannedIn(source))).toEqual([]);
});

test('files are short and bear their real names', () => {
  expect(project.sources.flatMap(misshapen)).toEqual([]);
});

test('the lockfile has an entry for every platform package it names, or npm ci would refuse it', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  expect(missingEntries(lock).map(({ path }) => `${path}: run npm run lock`)).toEqual([]);
});
