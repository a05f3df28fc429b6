import { capture } from '../capture.ts';
import type { Device } from '../gpu/device.ts';
import { conv2d } from '../ops/conv2d.ts';
import { groupNormSilu } from '../ops/groupNorm.ts';
import { mean } from '../ops/reduce.ts';
import { keep, scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Check, Measured } from './check.ts';
import { drawn, upload } from './host.ts';

const [FIRST, SECOND] = [drawn([2, 9, 7, 8], 'f32', 1), drawn([2, 9, 7, 8], 'f32', 2)];
const WEIGHT = drawn([3, 3, 8, 8], 'f32', 3);

/** That a captured step computes on new inputs, bit for bit, what the step itself computes. */
export const replayCheck: Check = {
  name: 'replay of a captured step',
  variant: '',
  sizes: `${formatShape(FIRST.shape)} ${formatShape(WEIGHT.shape)}`,
  dtype: 'f32',
  tolerance: 0,
  measure,
};

function step(x: Tensor, weight: Tensor): Tensor {
  return mean(groupNormSilu(conv2d(x, weight, null, { padding: 1 }), 4), [1, 2]);
}

async function measure(device: Device): Promise<Measured[]> {
  using x = keep(upload(FIRST, 'f32', device));
  using weight = keep(upload(WEIGHT, 'f32', device));
  using captured = capture(() => step(x, weight), device);
  x.copyFrom(SECOND.values);
  captured.replay();
  using direct = keep(scope(() => step(x, weight)));
  const [got, wanted] = [await captured.result.data(), await direct.data()];
  return [{ got, wanted }];
}
