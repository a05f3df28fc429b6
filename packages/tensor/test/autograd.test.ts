import { describe, expect, test } from 'vitest';
import {
  AutogradError,
  backward,
  checkpoint,
  concat,
  conv2d,
  customGradient,
  grad,
  groupNormSilu,
  layerNorm,
  matmul,
  mean,
  mseLoss,
  noGrad,
  requireGrad,
  scaledDotProductAttention,
  scope,
  slice,
  split,
  sum,
  type Tensor,
  tensor,
} from '../src/index.ts';
import { checkGolden } from './support/checkGolden.ts';
import { device } from './support/device.ts';

type Graph = (...inputs: Tensor[]) => Tensor;
const graph =
  (formula: Graph) =>
  (inputs: Tensor[]): Tensor =>
    formula(...inputs);

await checkGolden('autograd', {
  sharedProduct: graph((x, y) => {
    const s = x!.mul(y!);
    return s.mul(3).add(s.mul(s)).sub(s.sin());
  }),
  diamond: graph((x, w) => {
    const h = matmul(x!, w!).silu();
    return h.mul(sum(h, 1, { keepdim: true })).sub(mean(h, 0).mul(0.5));
  }),
  squaredByItself: graph((x) =>
    x!
      .mul(x!)
      .mul(0.25)
      .add(matmul(x!, x!, { transposeB: true }).mul(2)),
  ),
  detached: graph((x, y) => x!.mul(1.5).mul(x!.mul(y!).detach()).add(y!)),
  broadcastChain: graph((x, row, scale) => x!.mul(scale!).add(row!).exp().add(1).log().mul(scale!)),
  residualBlock: graph((x, normWeight, normBias, weight, bias) => {
    const h = conv2d(groupNormSilu(x!, 2, normWeight, normBias, 1e-5), weight!, bias, { padding: 1 });
    return x!.add(h).mul(0.7).mul(1.5);
  }),
  attentionBlock: graph((x, wQuery, wKey, wValue) => {
    const heads = (w: Tensor) => matmul(x!, w).reshape([2, 5, 2, 4]);
    const y = scaledDotProductAttention(heads(wQuery!), heads(wKey!), heads(wValue!));
    return x!.add(y.reshape([2, 5, 8]).mul(0.3));
  }),
  scaledLoss: graph((x, weight, target) => {
    const h = layerNorm(x!, undefined, undefined, 1e-5);
    return mseLoss(matmul(h, weight!).tanh(), target!)
      .mul(2.5)
      .add(sum(weight!.mul(weight!)).mul(0.1));
  }),
  twoPathsOfConcat: graph((x, y) => {
    const joined = concat([x!, y!.mul(2)], 1);
    const left = slice(joined, [0, 0], [joined.shape[0]!, 3]);
    const right = slice(joined, [0, 2], [joined.shape[0]!, 5]);
    return sum(left, 1)
      .mul(0.5)
      .sub(mean(right.mul(right), 1));
  }),
  unusedBranch: graph((x, y) => split(x!.mul(y!), [2, 3], 1)[1]!.mul(-4)),
});

describe('the walk', () => {
  test('a second backward is refused unless the graph was retained', async () => {
    using x = requireGrad(tensor([2]));
    scope(() => {
      const y = x.mul(x).mul(3);
      y.backward({ retainGraph: true });
      y.backward();
      expect(() => y.backward()).toThrow(AutogradError);
      expect(() => y.backward()).toThrow(/freed by an earlier backward/);
    });
    expect(await x.grad!.item()).toBe(24);
  });

  test('nothing is recorded inside noGrad', () => {
    using x = requireGrad(tensor([1]));
    scope(() => {
      const y = noGrad(() => x.mul(2));
      expect(y.requiresGrad).toBe(false);
      expect(() => y.backward()).toThrow(/requires a gradient/);
    });
  });

  test('a result that is no scalar needs a gradient of its shape', () => {
    using x = requireGrad(tensor([1, 2]));
    scope(() => {
      expect(() => x.mul(2).backward()).toThrow(/pass the gradient/);
      expect(() => x.mul(2).backward({ gradient: tensor([1]) })).toThrow(/shape \[1\]/);
    });
  });

  test('a saved tensor that was written in place is noticed', () => {
    using x = requireGrad(tensor([1, 2]));
    using factor = tensor([3, 4]);
    scope(() => {
      const y = x.mul(factor);
      factor.copyFrom([5, 6]);
      expect(() => y.backward({ gradient: tensor([1, 1]) })).toThrow(/written in place/);
    });
  });

  test('integers and results cannot be made leaves', () => {
    expect(() => requireGrad(tensor([1], { dtype: 'i32' }))).toThrow(/f32 or f16/);
    using x = requireGrad(tensor([1]));
    scope(() => expect(() => requireGrad(x.mul(2))).toThrow(/only leaves/));
  });
});

describe('grad', () => {
  test('gives gradients of leaves and of results, and touches no .grad', async () => {
    using x = requireGrad(tensor([3]));
    const [ofX, ofSquare] = scope(() => {
      const square = x.mul(x);
      return grad(square.mul(5), [x, square]);
    });
    expect(await ofX!.item()).toBe(30);
    expect(await ofSquare!.item()).toBe(5);
    expect(x.grad).toBeNull();
    ofX!.dispose();
    ofSquare!.dispose();
  });

  test('an input that takes no part is named', () => {
    using x = requireGrad(tensor([1]));
    using y = requireGrad(tensor([1]));
    scope(() => expect(() => grad(x.mul(2), [x, y])).toThrow(/input 1 .* is not part of the result's graph/));
  });
});

describe('gradients of one’s own', () => {
  test('a rule replaces the recorded one', async () => {
    using x = requireGrad(tensor([-2, 3]));
    // Rounds in the forward pass, passes the gradient straight through in the backward one.
    scope(() => {
      const y = customGradient(() => x.mul(10), {
        name: 'straightThrough',
        inputs: [x],
        saved: [],
        backward: (gradient) => [gradient],
      });
      y.mul(2).backward({ gradient: tensor([1, 1]) });
    });
    expect(Array.from(await x.grad!.data())).toEqual([2, 2]);
  });

  test('a rule with too few gradients is named', () => {
    using x = requireGrad(tensor([1]));
    scope(() => {
      const y = customGradient(() => x.mul(1), {
        name: 'short',
        inputs: [x, x],
        saved: [],
        backward: (g) => [g],
      });
      expect(() => y.backward()).toThrow("'short' returned 1 gradients for 2 operands");
    });
  });
});

describe('checkpoint', () => {
  const body = (x: Tensor, w: Tensor) => matmul(x, w).silu().mul(x).exp();

  test('gives the gradients of the plain graph and keeps less', async () => {
    const run = (f: (x: Tensor, w: Tensor) => Tensor) => {
      const x = requireGrad(
        tensor([
          [0.1, 0.2],
          [0.3, -0.4],
        ]),
      );
      const w = requireGrad(
        tensor([
          [0.5, -0.6],
          [0.7, 0.8],
        ]),
      );
      const y = scope(() => f(x, w).mul(2));
      const held = device.memory().liveBytes;
      scope(() =>
        backward(y, {
          gradient: tensor([
            [1, 2],
            [3, 4],
          ]),
        }),
      );
      y.dispose();
      return { x, w, held };
    };
    const plain = run(body);
    for (const t of [plain.x, plain.w]) expect(t.grad).not.toBeNull();
    const expected = [await plain.x.grad!.data(), await plain.w.grad!.data()];
    plain.x.dispose();
    plain.w.dispose();
    const checked = run((x, w) => checkpoint(body, [x, w]));
    expect(checked.held).toBeLessThan(plain.held);
    expect([await checked.x.grad!.data(), await checked.w.grad!.data()]).toEqual(expected);
    checked.x.dispose();
    checked.w.dispose();
  });
});
