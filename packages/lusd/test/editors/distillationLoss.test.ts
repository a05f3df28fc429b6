import { grad, requireGrad, scope, tensor } from '@lusd/tensor';
import { expect, test } from 'vitest';
import { distillationLoss, updateFactor } from '../../src/index.ts';
import '../support/device.ts';
import { COUNT, SHAPE, SIZE, wave } from '../support/stubDenoiser.ts';

test("the loss's gradient is the editor's step, and reaches what the latents are made from", async () => {
  using parameter = requireGrad(tensor(wave(COUNT), { shape: SHAPE }));
  using direction = requireGrad(tensor(wave(COUNT, 1), { shape: SHAPE }));
  using gradient = scope(() => grad(distillationLoss(parameter.mul(3), direction), [parameter])[0]!);
  const expected = wave(COUNT, 1).map((d) => 3 * updateFactor(...SIZE) * d);
  for (const [i, value] of (await gradient.data()).entries()) expect(value).toBeCloseTo(expected[i]!, 3);
});
