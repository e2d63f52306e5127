// SPDX-License-Identifier: Apache-2.0
// What commands print, without that which is different each time.

/** Ages, names that Kubernetes makes up, dates, addresses, and the widths of columns that come of them. */
export function steady(output: string): string {
  return output
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z\b/g, 'DATE')
    .replaceAll(/-[a-z0-9]{6,10}-[a-z0-9]{5}\b/g, '-HASH')
    .replaceAll(/\b(?:\d+[smhd]){1,2}(?=\s|$)/g, 'AGE')
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}:\d+/g, 'ENDPOINT')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/ +$/gm, '')
    .trim();
}
