import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Native add-ons and child processes: forks, so that a crash in one file does not take the others along.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 300_000,
    globalSetup: ['test/support/build.ts'],
  },
});
