import { add, mul } from '../ops/binary.ts';
import { geglu } from '../ops/geglu.ts';
import { gelu, silu } from '../ops/unary.ts';
import { type Check, computes } from './check.ts';
import { drawn, hostTensor } from './host.ts';
import * as reference from './references/pointwise.ts';

/** What is computed element by element. */
export function pointwiseChecks(): Check[] {
  return (['f32', 'f16'] as const).flatMap((dtype) => [
    computes({
      name: 'silu',
      dtype,
      inputs: [drawn([5, 7, 11], dtype, 1, 5)],
      run: (x) => silu(x!),
      reference: (x) => reference.mapOf(x!, reference.silu),
    }),
    computes({
      name: 'gelu',
      dtype,
      inputs: [drawn([5, 7, 11], dtype, 1, 5)],
      run: (x) => gelu(x!),
      reference: (x) => reference.mapOf(x!, reference.gelu),
    }),
    computes({
      name: 'geglu',
      dtype,
      inputs: [drawn([37, 40], dtype, 1, 3)],
      run: (x) => geglu(x!),
      reference: (x) => reference.gegluOf(x!),
    }),
    computes({
      name: 'x y + z, broadcast',
      dtype,
      inputs: [drawn([6, 5, 7], dtype, 1), drawn([5, 1], dtype, 2), drawn([7], dtype, 3)],
      run: (x, y, z) => add(mul(x!, y!), z!),
      reference: (x, y, z) =>
        hostTensor(x!.shape, (i) => x!.values[i]! * y!.values[Math.floor(i / 7) % 5]! + z!.values[i % 7]!),
    }),
  ]);
}
