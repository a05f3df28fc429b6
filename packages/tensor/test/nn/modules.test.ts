import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import {
  add,
  Conv2d,
  forwardAdd,
  forwardEach,
  forwardGeglu,
  forwardSilu,
  forwardUpsampled,
  GroupNorm,
  geglu,
  LayerNorm,
  Linear,
  Module,
  mul,
  randn,
  relu,
  Sequential,
  scope,
  silu,
  type Tensor,
  TensorError,
  tensor,
  type UnaryModule,
  upsampleNearest,
} from '../../src/index.ts';

class Block extends Module {
  readonly norm: UnaryModule = new LayerNorm(4);
  readonly layers: readonly UnaryModule[] = [new Linear(4, 4), new Linear(4, 4)];
  readonly scales = [1, 2];

  forward(x: Tensor): Tensor {
    return this.layers.reduce((y, layer) => layer.forward(y), this.norm.forward(x));
  }
}

class Net extends Module {
  readonly block = new Block();
  readonly head = new Sequential(new Linear(4, 3), relu, new Linear(3, 2));
  /** The same module under a second name. */
  readonly tied = this.block.norm;

  forward(x: Tensor): Tensor {
    return this.head.forward(this.block.forward(x));
  }
}

/** W x + scale B A x, with W frozen (Hu et al. 2021). */
class LowRankLinear extends Module {
  readonly down: Linear;
  readonly up: Linear;

  constructor(
    readonly base: Linear,
    rank: number,
    private readonly scale: number,
  ) {
    super();
    base.requireGrad(false);
    this.down = new Linear(base.inFeatures, rank, { bias: false });
    this.up = new Linear(rank, base.outFeatures, { bias: false });
    this.up.weight.value.copyFrom(new Float32Array(rank * base.outFeatures));
  }

  forward(x: Tensor): Tensor {
    return add(this.base.forward(x), mul(this.up.forward(this.down.forward(x)), this.scale));
  }
}

describe('a module is a tree', () => {
  test('whose modules are listed once, by dotted names', () => {
    using net = new Net();
    expect(net.namedModules().map(([name]) => name)).toEqual([
      '',
      'block',
      'block.norm',
      'block.layers.0',
      'block.layers.1',
      'head',
      'head.0',
      'head.2',
    ]);
    expect(new Map(net.namedModules()).get('head.2')).toBeInstanceOf(Linear);
  });

  test('whose parameters are listed by every name', () => {
    using net = new Net();
    const names = net.namedParameters().map(([name]) => name);
    expect(names).toContain('block.layers.1.bias');
    expect(names).toContain('head.0.weight');
    expect(names.filter((name) => name.endsWith('norm.weight') || name === 'tied.weight')).toEqual([
      'block.norm.weight',
      'tied.weight',
    ]);
    expect(net.parameters()).toHaveLength(names.length - 2);
  });

  test('in which a name that is none is refused', () => {
    using net = new Net();
    using layer = new Linear(4, 4);
    for (const name of [
      '',
      'nothing',
      'head.1',
      'head.0.weight',
      'block.layers',
      'block.scales.0',
      'block.x.y',
    ]) {
      expect(() => net.replace(name, layer)).toThrow(
        new TensorError(`replace: there is no module '${name}'`),
      );
    }
    expect(() => net.replace('constructor', layer)).toThrow(TensorError);
  });
});

describe('replace', () => {
  test('puts a module where another one was, in fields, arrays and sequences', async () => {
    using net = new Net();
    const x = tensor([[1, -2, 3, 0.5]]);
    for (const [name, replacement] of [
      ['block.norm', new Linear(4, 4)],
      ['block.layers.0', new Linear(4, 4)],
      ['head.0', new Linear(4, 3)],
    ] as const) {
      using before = scope(() => net.forward(x));
      const former = net.replace(name, replacement);
      using after = scope(() => net.forward(x));
      expect(await after.data()).not.toEqual(await before.data());
      expect(net.replace(name, former)).toBe(replacement);
      using restored = scope(() => net.forward(x));
      expect(await restored.data()).toEqual(await before.data());
      replacement.dispose();
    }
    x.dispose();
  });

  test('turns every linear layer into one with a low-rank adapter, which starts as no change and learns alone', async () => {
    using net = new Net();
    using x = tensor([[1, -2, 3, 0.5]]);
    using before = scope(() => net.forward(x));
    net.requireGrad(false);
    for (const [name, module] of net.namedModules())
      if (module instanceof Linear) net.replace(name, new LowRankLinear(module, 2, 0.5));
    using after = scope(() => net.forward(x));
    expect(await after.data()).toEqual(await before.data());
    scope(() => net.forward(x).sum().backward());
    const learning = net.namedParameters().filter(([, { value }]) => value.requiresGrad);
    expect(learning.map(([name]) => name)).toContain('head.2.up.weight');
    expect(learning.every(([name]) => /\.(down|up)\.weight$/.test(name))).toBe(true);
    expect(learning).toHaveLength(8);
    expect(net.namedParameters().map(([name]) => name)).toContain('block.layers.0.base.weight');
    net.zeroGrad();
  });

  test('takes any module in the place of a convolution', async () => {
    class Negation extends Module {
      forward(x: Tensor): Tensor {
        return x.neg();
      }
    }
    using stack = new Sequential(new Conv2d(1, 1, 1));
    stack.replace('0', new Negation()).dispose();
    using y = scope(() => stack.forward(tensor([[[[3]]]])));
    expect(await y.item()).toBe(-3);
  });
});

describe('what follows a layer', () => {
  const values = async (x: () => Tensor) => {
    using y = scope(x);
    return await y.data('f32');
  };

  test('is done in the same pass by layers, and after it by others', async () => {
    using x = randn([3, 4]);
    using add = randn([3, 5]);
    using layer = new Linear(4, 5);
    const expected = await values(() => layer.forward(x).add(add));
    for (const module of [layer, new Sequential(layer)]) {
      const actual = await values(() => forwardAdd(module, add, x));
      expectAllClose(actual, expected, { rtol: 1e-6, atol: 1e-6, label: 'sum' });
    }
    using norm = new GroupNorm(2, 4);
    const activated = await values(() => silu(norm.forward(x)));
    const fused = await values(() => forwardSilu(norm, x));
    expectAllClose(fused, activated, { rtol: 1e-5, atol: 1e-6, label: 'silu' });
    expect(await values(() => forwardSilu(new Sequential(norm), x))).toEqual(activated);
    using wide = new Linear(4, 6);
    const gated = await values(() => geglu(wide.forward(x)));
    for (const module of [wide, new Sequential(wide)]) {
      const actual = await values(() => forwardGeglu(module, x));
      expectAllClose(actual, gated, { rtol: 1e-5, atol: 1e-6, label: 'geglu' });
    }
  });

  test('several layers of one tensor give what each gives', async () => {
    class Doubled extends Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    using x = randn([3, 4]);
    const layers = [new Linear(4, 5), new Linear(4, 5), new Linear(4, 5)];
    const sets = [layers, [...layers.slice(1), new Doubled(4, 5)], [new Linear(4, 6), ...layers], []];
    for (const set of sets) {
      const expected = scope(() => set.map((layer) => layer.forward(x)));
      const actual = scope(() => forwardEach(set, x));
      expect(actual.length).toBe(expected.length);
      for (const [i, y] of actual.entries())
        expectAllClose(await y.data(), await expected[i]!.data(), { rtol: 1e-5, atol: 1e-6, label: `${i}` });
    }
    const patched = layers[1]!;
    const own = patched.forward.bind(patched);
    patched.forward = (input) => own(input).mul(3);
    const tripled = await values(() => own(x).mul(3));
    expect(await values(() => forwardEach(layers, x)[1]!)).toEqual(tripled);
  });

  test('and what precedes it: pixels repeated to a multiple of their number in the same pass, to others before it', async () => {
    using x = randn([1, 2, 3, 4]);
    using layer = new Conv2d(4, 5, 3, { padding: 1 });
    for (const size of [
      [4, 6],
      [2, 9],
      [3, 5],
    ] as const) {
      const expected = await values(() => layer.forward(upsampleNearest(x, size)));
      for (const module of [layer, new Sequential(layer)]) {
        const actual = await values(() => forwardUpsampled(module, x, size));
        expectAllClose(actual, expected, { rtol: 1e-5, atol: 1e-6, label: size.join(' x ') });
      }
    }
  });

  test('never bypasses the forward of a subclass, or one that was replaced', async () => {
    class Doubled extends Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    using x = randn([3, 4]);
    using add = randn([3, 5]);
    using doubled = new Doubled(4, 5);
    const expected = await values(() => doubled.forward(x).add(add));
    expect(await values(() => forwardAdd(doubled, add, x))).toEqual(expected);
    using patched = new Linear(4, 5);
    const own = patched.forward.bind(patched);
    patched.forward = (input) => own(input).mul(3);
    const tripled = await values(() => own(x).mul(3).add(add));
    expect(await values(() => forwardAdd(patched, add, x))).toEqual(tripled);
  });
});
