import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkCase } from '../support/checkGolden.ts';
import { readGoldenCases } from '../support/golden.ts';
import { limitOf, runOf } from '../support/opDb.ts';
import { OPERATIONS } from '../support/opDbOperations.ts';

/** PyTorch's own tolerance for results below 1. */
const LEAST_ATOL = 1e-5;

const cases = await readGoldenCases('opDb');

const samples = cases.map((c) => {
  const operation = OPERATIONS[c.op];
  if (operation === undefined) throw new Error(`opDbOperations.ts has no ${c.op}`);
  return { name: c.name, op: c.op, limit: limitOf(c, operation), c, operation };
});

const expressible = samples.filter((sample) => sample.limit === null);

describe.each([...new Set(expressible.map((sample) => sample.op))])('%s', (op) => {
  test.each(expressible.filter((sample) => sample.op === op))('$name', ({ c, operation }) =>
    checkCase(c, runOf(c, operation), operation.atol ?? LEAST_ATOL),
  );
});

test('docs/features.md says how many samples agree, and names and counts what the others ask for', async () => {
  const features = await readFile(new URL('../../../../docs/features.md', import.meta.url), 'utf8');
  const counts = new Map<string, number>();
  for (const { limit } of samples) if (limit !== null) counts.set(limit, (counts.get(limit) ?? 0) + 1);
  const rows = Array.from(counts, ([limit, count]) => `| ${limit} | ${count} |`);
  const listed = features.split('\n').filter((line) => /^\| .* \| \d+ \|$/.test(line));
  expect(listed.toSorted()).toEqual(rows.toSorted());
  const [right, all] = [expressible.length, samples.length].map((count) => count.toLocaleString('en'));
  expect(features).toContain(`${right} of ${all} samples`);
});
