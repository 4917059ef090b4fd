import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'systems/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.fairway/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
