import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { requireGrad, type Tensor, TensorError, tensor } from '../../src/index.ts';
import {
  Adam,
  AdamW,
  clipGradNorm,
  cosineAnnealingLR,
  ExponentialMovingAverage,
  linearLR,
  type Optimizer,
  oneCycleLR,
  SGD,
  stepLR,
} from '../../src/optim/index.ts';
import { fromGolden } from '../support/checkGolden.ts';
import { type GoldenCase, readGoldenCases } from '../support/golden.ts';

const cases = await readGoldenCases('optim');
const of = (...ops: string[]) => cases.filter((c) => ops.includes(c.op));

function makeOptimizer(c: GoldenCase, parameters: Tensor[]): Optimizer {
  const options = c.args as { lr: number; betas: [number, number] };
  if (c.op === 'sgd') return new SGD(parameters, options);
  return c.op === 'adam' ? new Adam(parameters, options) : new AdamW(parameters, options);
}

/** Rows of a golden tensor whose first axis counts steps. */
function rows(c: GoldenCase, name: string): Float32Array[] {
  const { data, shape } = c.inputs.get(name)!;
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => data.slice(i * size, (i + 1) * size) as Float32Array);
}

describe('a parameter follows torch through its steps', () => {
  test.each(of('sgd', 'adam', 'adamW'))('$name', async (c) => {
    using parameter = requireGrad(fromGolden(c.inputs.get('parameter')!));
    using optimizer = makeOptimizer(c, [parameter]);
    const trajectory: number[] = [];
    for (const gradient of rows(c, 'gradients')) {
      parameter.grad = tensor(gradient, { shape: parameter.shape });
      optimizer.step();
      optimizer.zeroGrad();
      trajectory.push(...(await parameter.data()));
    }
    const expected = c.outputs[0]!;
    const actual = expected.data.length === trajectory.length ? trajectory : await parameter.data();
    expectAllClose(actual, expected.data, { rtol: c.rtol, label: c.name });
  });
});

describe('schedules', () => {
  const make = {
    cosineAnnealingLR: (a: Record<string, number>) => cosineAnnealingLR(a.baseLr!, a.tMax!, a.etaMin),
    linearLR: (a: Record<string, number>) => linearLR(a.baseLr!, a.startFactor!, a.totalIters!),
    stepLR: (a: Record<string, number>) => stepLR(a.baseLr!, a.stepSize!, a.gamma),
    oneCycleLR: (a: Record<string, number>) => oneCycleLR(a.maxLr!, a.totalSteps!, a),
  };
  test.each(of(...Object.keys(make)))('$name', (c) => {
    const schedule = make[c.op as keyof typeof make](c.args as Record<string, number>);
    const expected = c.outputs[0]!.data;
    expectAllClose(
      Array.from(expected, (_, step) => schedule(step)),
      expected,
      { rtol: c.rtol, label: c.name },
    );
  });
});

test.each(of('clipGradNorm'))('$name', async (c) => {
  const parameters = ['a', 'b'].map((name) => {
    const gradient = fromGolden(c.inputs.get(name)!);
    const parameter = requireGrad(tensor(new Float32Array(gradient.size), { shape: gradient.shape }));
    parameter.grad = gradient;
    return parameter;
  });
  using norm = clipGradNorm(parameters, c.args.maxNorm as number);
  for (const [i, parameter] of parameters.entries()) {
    expectAllClose(await parameter.grad!.data(), c.outputs[i]!.data, { rtol: c.rtol, label: c.name });
    parameter.dispose();
  }
  expectAllClose(await norm.data(), c.outputs[2]!.data, { rtol: c.rtol, label: 'norm' });
});

test.each(of('emaUpdate'))('$name', async (c) => {
  const [first, ...rest] = rows(c, 'parameters');
  const shape = c.inputs.get('parameters')!.shape.slice(1);
  using parameter = tensor(first!, { shape });
  using average = new ExponentialMovingAverage([parameter], c.args.decay as number);
  const trajectory = [...(await average.averages[0]!.data())];
  for (const value of rest) {
    parameter.copyFrom(value);
    average.update();
    trajectory.push(...(await average.averages[0]!.data()));
  }
  const expected = c.outputs[0]!;
  const actual =
    expected.data.length === trajectory.length ? trajectory : trajectory.slice(-expected.data.length);
  expectAllClose(actual, expected.data, { rtol: c.rtol, label: c.name });
});

test('an optimizer without parameters is refused', () => {
  expect(() => new SGD([], { lr: 1 })).toThrow(TensorError);
});

test('a new learning rate holds from the next step on', async () => {
  using parameter = requireGrad(tensor([1]));
  using optimizer = new SGD([parameter], { lr: 1 });
  for (const lr of [0.5, 0.25]) {
    optimizer.learningRate = lr;
    parameter.grad = tensor([1]);
    optimizer.step();
    optimizer.zeroGrad();
  }
  expect(await parameter.item()).toBe(0.25);
});
