import { expectAllClose } from '@lusd/testing/allClose';
import { expect, test } from 'vitest';
import {
  type CrossEntropyOptions,
  crossEntropy,
  DTypeError,
  type LossOptions,
  l1Loss,
  mseLoss,
  requireGrad,
  ShapeError,
  smoothL1Loss,
  type Tensor,
  TensorError,
  tensor,
} from '../../src/index.ts';
import { checkGolden, type GoldenOperation } from '../support/checkGolden.ts';

const loss =
  (op: (input: Tensor, target: Tensor, options: LossOptions) => Tensor): GoldenOperation =>
  ([input, target], options) =>
    op(input!, target!, options as LossOptions);

await checkGolden('losses', {
  mseLoss: loss(mseLoss),
  l1Loss: loss(l1Loss),
  smoothL1Loss: loss(smoothL1Loss),
  crossEntropy: ([input, target, weight], args) =>
    crossEntropy(input!, target!, { ...(args as CrossEntropyOptions), ...(weight && { weight }) }),
});

test('a loss of f16 is summed in f32 before it is rounded', async () => {
  const count = 1 << 17;
  using input = requireGrad(tensor(new Float32Array(count).fill(3), { dtype: 'f16' }));
  using target = tensor(new Float32Array(count).fill(1), { dtype: 'f16' });
  using y = mseLoss(input, target);
  expect([y.dtype, await y.item()]).toEqual(['f16', 4]);
});

test('crossEntropy of f16 logits agrees with its closed form', async () => {
  using logits = requireGrad(
    tensor(
      [
        [1, 2, 0],
        [0, 0, 0],
      ],
      { dtype: 'f16' },
    ),
  );
  using classes = tensor([1, 2], { dtype: 'i32' });
  using y = crossEntropy(logits, classes, { reduction: 'sum' });
  const norm = Math.E + Math.E ** 2 + 1;
  expectAllClose([await y.item()], [Math.log(norm) - 2 + Math.log(3)], { rtol: 1e-3 });
  y.backward();
  const expected = [Math.E / norm, Math.E ** 2 / norm - 1, 1 / norm, 1 / 3, 1 / 3, -2 / 3];
  expectAllClose(await logits.grad!.data(), expected, { rtol: 1e-3 });
});

test('a class that does not exist makes its own row NaN only', async () => {
  using logits = requireGrad(
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  );
  using classes = tensor([0, 2, -1], { dtype: 'i32' });
  using y = crossEntropy(logits, classes, { reduction: 'none' });
  const values = await y.data();
  expect(Array.from(values, Number.isNaN)).toEqual([false, true, true]);
  y.backward({ gradient: tensor([1, 1, 1]) });
  const gradient = await logits.grad!.data();
  expect(Array.from(gradient, Number.isNaN)).toEqual([false, false, true, true, true, true]);
});

test('errors name the operation and what is wrong', () => {
  using two = tensor([[1, 2]]);
  using three = tensor([1, 2, 3]);
  using classes = tensor([1, 0, 1], { dtype: 'i32' });
  expect(() => mseLoss(two, three)).toThrow(
    new ShapeError('mseLoss: target must have shape [1, 2], got [3]'),
  );
  expect(() => l1Loss(three, classes)).toThrow(DTypeError);
  expect(() => smoothL1Loss(two, two, { beta: -1 })).toThrow(TensorError);
  const refused: [() => Tensor, TensorError][] = [
    [
      () => crossEntropy(tensor(1), classes),
      new ShapeError('crossEntropy: input must be [.., C], got a scalar'),
    ],
    [
      () => crossEntropy(two, three),
      new ShapeError('crossEntropy: target (f32) must have shape [1, 2], got [3]'),
    ],
    [
      () => crossEntropy(two, classes),
      new ShapeError('crossEntropy: target (i32) must have shape [1], got [3]'),
    ],
    [
      () => crossEntropy(two, tensor([1], { dtype: 'u8' })),
      new DTypeError('crossEntropy: target must be i32 classes or float probabilities, got u8'),
    ],
    [
      () => crossEntropy(two, tensor([1], { dtype: 'i32' }), { weight: three }),
      new ShapeError('crossEntropy: weight must have shape [2], got [3]'),
    ],
    [
      () => crossEntropy(two, two, { labelSmoothing: 2 }),
      new TensorError('crossEntropy: labelSmoothing must be in [0, 1], got 2'),
    ],
    [
      () => crossEntropy(two, two, { ignoreIndex: 1 }),
      new TensorError('crossEntropy: ignoreIndex names a class, but target holds probabilities'),
    ],
  ];
  for (const [call, error] of refused) expect(call).toThrow(error);
});
