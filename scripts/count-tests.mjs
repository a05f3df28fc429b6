// count-tests.mjs LOG STATUS: prints the sum of all suites' counts in a log as one line: N passed, N failed.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const [, , log, status] = process.argv;
const totals = { passed: 0, failed: 0, skipped: 0 };
const output = stripVTControlCharacters(readFileSync(log, 'utf8'));
for (const line of output.matchAll(/^.*\bTests {2}(.*)\(\d+\)/gm)) {
  for (const [, count, kind] of line[1].matchAll(/(\d+) (passed|failed|skipped)/g))
    totals[kind] += Number(count);
}
// A step that is no test failed.
if (status !== '0' && totals.failed === 0) totals.failed = 1;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
