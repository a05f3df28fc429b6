// Reads the output of `npm test` and prints the sum of all suites' counts as one line: N passed, N failed.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const totals = { passed: 0, failed: 0, skipped: 0 };
const output = stripVTControlCharacters(readFileSync(process.argv[2], 'utf8'));
for (const line of output.matchAll(/^.*\bTests {2}(.*)\(\d+\)/gm)) {
  for (const [, count, kind] of line[1].matchAll(/(\d+) (passed|failed|skipped)/g))
    totals[kind] += Number(count);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
