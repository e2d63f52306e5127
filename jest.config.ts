// SPDX-License-Identifier: Apache-2.0
// Tiers: `unit` needs nothing but Node, `integration` a real control plane, `cli` that and kubectl with the
// plugin, `chart` that and Helm, which the guides want as well.
import type { Config } from 'jest';

const shared: NonNullable<Config['projects']>[number] = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.js' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/support/fixed-seed.ts'],
};

const config: Config = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/src/**/*.test.ts',
        '<rootDir>/test/{support,demo,docs,bench}/**/*.test.ts',
        '<rootDir>/scripts/**/*.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{integration,image}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'chart',
      testMatch: ['<rootDir>/test/{chart,guides}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'cli',
      testMatch: ['<rootDir>/test/cli/**/*.test.ts'],
    },
  ],
};

export default config;
