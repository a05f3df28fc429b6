import { groupNorm, groupNormSilu } from '../ops/groupNorm.ts';
import { layerNorm } from '../ops/layerNorm.ts';
import { softmax } from '../ops/softmax.ts';
import { type Check, computes } from './check.ts';
import { drawn, type FloatDType } from './host.ts';
import { groupNormOf, layerNormOf, softmaxOf } from './references/norms.ts';
import { mapOf, silu } from './references/pointwise.ts';

const GROUPS = 4;

/** Normalizations and softmax, over whole vec4s and over odd lengths. */
export function normChecks(): Check[] {
  return (['f32', 'f16'] as const).flatMap((dtype) => [
    ...[20, 12].map((channels) => groupNormCheck(dtype, channels)),
    groupNormSiluCheck(dtype),
    ...[320, 45].map((channels) => layerNormCheck(dtype, channels)),
    ...[77, 256].map((length) => softmaxCheck(dtype, length)),
  ]);
}

/** A mean that is far from 0, as in the network, shows sums of squares that cancel. */
function groupNormInputs(dtype: FloatDType, channels: number) {
  return [
    drawn([2, 9, 7, channels], dtype, 1, 1, 3),
    drawn([channels], dtype, 2),
    drawn([channels], dtype, 3),
  ];
}

function groupNormCheck(dtype: FloatDType, channels: number): Check {
  return computes({
    name: 'groupNorm',
    dtype,
    inputs: groupNormInputs(dtype, channels),
    run: (x, weight, bias) => groupNorm(x!, GROUPS, weight, bias),
    reference: (x, weight, bias) => groupNormOf(x!, GROUPS, weight!, bias!),
  });
}

function groupNormSiluCheck(dtype: FloatDType): Check {
  return computes({
    name: 'groupNormSilu',
    dtype,
    inputs: groupNormInputs(dtype, 20),
    run: (x, weight, bias) => groupNormSilu(x!, GROUPS, weight, bias),
    reference: (x, weight, bias) => mapOf(groupNormOf(x!, GROUPS, weight!, bias!), silu),
  });
}

function layerNormCheck(dtype: FloatDType, channels: number): Check {
  return computes({
    name: 'layerNorm',
    dtype,
    inputs: [drawn([19, channels], dtype, 1, 1, 3), drawn([channels], dtype, 2), drawn([channels], dtype, 3)],
    run: (x, weight, bias) => layerNorm(x!, weight, bias),
    reference: (x, weight, bias) => layerNormOf(x!, weight!, bias!),
  });
}

function softmaxCheck(dtype: FloatDType, length: number): Check {
  return computes({
    name: 'softmax',
    dtype,
    inputs: [drawn([2, 19, length], dtype, 1, 8)],
    run: (x) => softmax(x!, -1),
    reference: (x) => softmaxOf(x!),
  });
}
