// SPDX-License-Identifier: Apache-2.0
// Tiers, each a folder of test/ and a target of make: `unit` needs nothing but Node (and stands beside the code),
// `integration` a real control plane, `cli` that and the kubectl plugin, `chart` and `docs` that and Helm.
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
        '<rootDir>/test/{support,demo,bench}/**/*.test.ts',
        '<rootDir>/scripts/**/*.test.ts',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/integration/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'chart',
      testMatch: ['<rootDir>/test/chart/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'docs',
      testMatch: ['<rootDir>/test/docs/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'cli',
      testMatch: ['<rootDir>/test/cli/**/*.test.ts'],
    },
  ],
};

export default config;
