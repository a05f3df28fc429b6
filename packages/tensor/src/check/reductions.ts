import { max, mean, min, sum } from '../ops/reduce.ts';
import { std } from '../ops/variance.ts';
import { type Check, computes } from './check.ts';
import { drawn, type HostTensor, hostTensor } from './host.ts';

/** Sums over much, over odd lengths and over columns, and the deviation that the editor's filter looks at. */
export function reductionChecks(): Check[] {
  return (['f32', 'f16'] as const).flatMap((dtype) => [
    // Not of one sign alone, where a lost lane could hide in the tolerance, nor of both evenly, where all cancels.
    computes({
      name: 'sum of all',
      dtype,
      inputs: [drawn([100003], dtype, 1, 0.1, 0.05)],
      run: (x) => sum(x!),
      reference: (x) => hostTensor([], () => total(x!.values)),
    }),
    computes({
      name: 'mean of rows',
      dtype,
      inputs: [drawn([23, 1021], dtype, 2, 1, 0.5)],
      run: (x) => mean(x!, 1),
      reference: (x) =>
        hostTensor([23], (row) => total(x!.values.subarray(row * 1021, (row + 1) * 1021)) / 1021),
    }),
    computes({
      name: 'sum of columns',
      dtype,
      inputs: [drawn([307, 23], dtype, 3, 1, 0.5)],
      run: (x) => sum(x!, 0),
      reference: (x) => hostTensor([23], (column) => total(x!.values.filter((_, i) => i % 23 === column))),
    }),
    computes({
      name: 'std of all',
      dtype,
      inputs: [drawn([1, 64, 64, 4], dtype, 4, 1, 5)],
      run: (x) => std(x!, undefined, { correction: 1 }),
      reference: (x) => hostTensor([], () => deviation(x!)),
    }),
    computes({
      name: 'largest and smallest of rows',
      dtype,
      inputs: [drawn([23, 517], dtype, 5)],
      run: (x) => [max(x!, 1), min(x!, 1)],
      reference: (x) =>
        [Math.max, Math.min].map((best) =>
          hostTensor([23], (row) => best(...x!.values.subarray(row * 517, (row + 1) * 517))),
        ),
    }),
  ]);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function deviation({ values }: HostTensor): number {
  const middle = total(values) / values.length;
  return Math.sqrt(total(values.map((value) => (value - middle) ** 2)) / (values.length - 1));
}
