import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { requireGrad, TensorError, tensor } from '../../src/index.ts';
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
const OPTIMIZERS = { sgd: SGD, adam: Adam, adamW: AdamW };
const SCHEDULES = {
  cosineAnnealingLR: (a: Record<string, number>) => cosineAnnealingLR(a.baseLr!, a.tMax!, a.etaMin),
  linearLR: (a: Record<string, number>) => linearLR(a.baseLr!, a.startFactor!, a.totalIters!),
  stepLR: (a: Record<string, number>) => stepLR(a.baseLr!, a.stepSize!, a.gamma),
  oneCycleLR: (a: Record<string, number>) => oneCycleLR(a.maxLr!, a.totalSteps!, a),
};

/** The cases of some operations, at least one for each. */
function of<Op extends string>(...ops: Op[]): (GoldenCase & { readonly op: Op })[] {
  for (const op of ops) if (!cases.some((c) => c.op === op)) throw new Error(`no case of ${op}`);
  return cases.filter((c): c is GoldenCase & { readonly op: Op } => (ops as string[]).includes(c.op));
}

test('every case is tested below', () => {
  const tested = [...Object.keys(OPTIMIZERS), ...Object.keys(SCHEDULES), 'clipGradNorm', 'emaUpdate'];
  expect(new Set(cases.map(({ op }) => op))).toEqual(new Set(tested));
});

/** Rows of a golden tensor whose first dimension counts steps. */
function rows(c: GoldenCase, name: string): Float32Array[] {
  const { data, shape } = c.inputs.get(name)!;
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => data.slice(i * size, (i + 1) * size) as Float32Array);
}

describe('a parameter follows torch through its steps', () => {
  test.each(of(...(Object.keys(OPTIMIZERS) as (keyof typeof OPTIMIZERS)[])))('$name', async (c) => {
    using parameter = requireGrad(fromGolden(c.inputs.get('parameter')!));
    const options = c.args as { lr: number; betas: [number, number] };
    using optimizer: Optimizer = new OPTIMIZERS[c.op]([parameter], options);
    const trajectory: number[] = [];
    for (const gradient of rows(c, 'gradients')) {
      parameter.grad = tensor(gradient, { shape: parameter.shape });
      optimizer.step();
      optimizer.zeroGrad();
      trajectory.push(...(await parameter.data()));
    }
    const [expected] = c.outputs;
    expect(expected!.shape).toEqual(c.inputs.get('gradients')!.shape);
    expectAllClose(trajectory, expected!.data, { rtol: c.rtol, label: c.name });
  });
});

describe('schedules', () => {
  test.each(of(...(Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[])))('$name', (c) => {
    const schedule = SCHEDULES[c.op](c.args as Record<string, number>);
    const expected = c.outputs[0]!.data;
    expect(expected).toHaveLength(c.args.steps as number);
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
  const [expected] = c.outputs;
  expect(expected!.shape).toEqual(c.inputs.get('parameters')!.shape);
  expectAllClose(trajectory, expected!.data, { rtol: c.rtol, label: c.name });
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
