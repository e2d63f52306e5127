// SPDX-License-Identifier: Apache-2.0
// Jest's transformer: takes the types out of TypeScript as Node itself does, leaving every line and
// column where it was. The sources hold no syntax that needs more (`erasableSyntaxOnly`).
import { stripTypeScriptTypes } from 'node:module';

/** @type {import('@jest/transform').SyncTransformer} */
const transformer = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};

// Jest takes a transformer's default export.
export default transformer;
