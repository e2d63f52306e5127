// SPDX-License-Identifier: Apache-2.0
// The one annotation that the demo is about.

/** As a user types it. */
export const ANNOTATION = 'gmsa-operator.io/allowed-service-accounts';
