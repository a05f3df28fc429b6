import { expect, test } from 'vitest';
import { diskFile } from '../../src/node/diskFolder.ts';
import { chooseDtype } from '../../src/weights/chooseDtype.ts';
import type { StateDict } from '../../src/weights/weightSource.ts';

/** A checkpoint of one tensor of each dtype, with so many elements. */
function checkpoint(elements: Readonly<Record<string, number>>): StateDict {
  return new Map(
    Object.entries(elements).map(([dtype, count]) => [
      dtype,
      { file: diskFile('f'), key: dtype, dtype, shape: [count] },
    ]),
  );
}

const gpu = { features: new Set(['shader-f16']) };

test.each([
  ['F16', 'f16'],
  ['BF16', 'f16'],
  ['F8_E4M3', 'f16'],
  ['F8_E5M2', 'f16'],
  ['F32', 'f32'],
  ['F64', 'f32'],
])('where there is shader-f16, weights stored as %s are kept in %s', (stored, dtype) => {
  const choice = chooseDtype([checkpoint({ [stored]: 10 })], gpu);
  expect(choice.dtype).toBe(dtype);
  expect(choice.reason).toContain(`stored as ${stored}`);
});

test('most elements decide, over all parts', () => {
  expect(chooseDtype([checkpoint({ F32: 5, F16: 4 }), checkpoint({ F16: 2 })], gpu).dtype).toBe('f16');
  expect(chooseDtype([checkpoint({ F32: 5, F16: 4 })], gpu).dtype).toBe('f32');
});

test('an adapter without shader-f16 keeps them in f32', () => {
  expect(chooseDtype([checkpoint({ F16: 1 })], { features: new Set() })).toEqual({
    dtype: 'f32',
    reason: 'the adapter has no shader-f16',
  });
});
