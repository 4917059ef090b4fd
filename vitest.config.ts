import { defineConfig } from 'vitest/config';

/**
 * `unit` runs two files at a time, `e2e` after it and one file at a time: those start whole systems. The longer suites
 * exist only while one of them is asked for (`npm run test:load` sets FAIRWAY_SUITE).
 */
const longer = ['load', 'chaos', 'systems', 'dashboard'];
const asked = process.env['FAIRWAY_SUITE'];
const never = ['**/node_modules/**', '**/.fairway/**', '**/.tools/**'];
// What is waited for comes when it comes: a busy machine is no failure.
const limits = { testTimeout: 30_000, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } } };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,scripts,test,systems,bench,kit,dashboard}/**/*.test.ts'],
          exclude: [...never, ...['e2e', ...longer].map((suite) => `test/${suite}/**`)],
          sequence: { groupOrder: 0 },
          ...limits,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: never,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          ...limits,
          testTimeout: 120_000,
        },
      },
      ...longer
        .filter((suite) => suite === asked)
        .map((suite) => ({
          test: {
            name: suite,
            include: [`test/${suite}/**/*.test.ts`],
            exclude: never,
            fileParallelism: false,
            sequence: { groupOrder: 2 },
            ...limits,
            testTimeout: 600_000,
            hookTimeout: 120_000,
          },
        })),
    ],
  },
});
