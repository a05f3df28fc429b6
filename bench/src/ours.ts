import type { Tensor } from '@lusd/tensor';
import * as lusd from '@lusd/tensor';
import type { Case, Operation } from './cases.ts';
import {
  attentionInputs,
  conv2dInputs,
  type HostTensor,
  linearInputs,
  matmulInputs,
  normInputs,
  softmaxInput,
} from './data.ts';
import type { Library, OpenOptions, Prepared } from './library.ts';
import { prepareEdit } from './shapesEdit.ts';

type TensorOperation = Exclude<Operation, { op: 'edit' }>;

interface Program {
  readonly inputs: readonly HostTensor[];
  readonly compute: (...inputs: Tensor[]) => Tensor;
}

/** A program of as many tensors as there are inputs. */
function program<const I extends readonly HostTensor[]>(
  inputs: I,
  compute: (...inputs: { readonly [K in keyof I]: Tensor }) => Tensor,
): Program {
  return { inputs, compute: compute as Program['compute'] };
}

function smallOps({ count }: Operation & { op: 'smallOps' }): Program {
  const { x } = normInputs([64, 64]);
  const compute = (start: Tensor): Tensor => {
    let y = start;
    for (let i = 0; i < count; i += 2) y = y.mul(-1).add(1);
    return y;
  };
  return program([x], compute);
}

function programOf(operation: TensorOperation): Program {
  switch (operation.op) {
    case 'matmul': {
      const { a, b } = matmulInputs(operation);
      return program([a, b], (left, right) => lusd.matmul(left, right));
    }
    case 'linear': {
      const { x, weight, bias } = linearInputs(operation);
      return program([x, weight, bias], (rows, w, b) => lusd.linear(rows, w, b));
    }
    case 'conv2d': {
      const { x, weight, bias } = conv2dInputs(operation);
      const padding = (operation.kernel - 1) / 2;
      return program([x, weight, bias], (image, w, b) => lusd.conv2d(image, w, b, { padding }));
    }
    case 'attention': {
      const { query, key, value } = attentionInputs(operation);
      return program([query, key, value], (q, k, v) => lusd.scaledDotProductAttention(q, k, v));
    }
    case 'groupNormSilu': {
      const { size, channels, groups } = operation;
      const { x, weight, bias } = normInputs([1, size, size, channels]);
      return program([x, weight, bias], (image, w, b) => lusd.groupNormSilu(image, groups, w, b));
    }
    case 'layerNorm': {
      const { x, weight, bias } = normInputs([operation.rows, operation.width]);
      return program([x, weight, bias], (rows, w, b) => lusd.layerNorm(rows, w, b));
    }
    case 'softmax':
      return program([softmaxInput(operation)], (rows) => lusd.softmax(rows, -1));
    case 'smallOps':
      return smallOps(operation);
  }
}

function prepareEager(inputs: readonly Tensor[], compute: Program['compute']): Prepared {
  const call = (): Tensor => lusd.inference(() => compute(...inputs));
  return {
    run: () => call().dispose(),
    output: async () => {
      using result = call();
      return result.data('f32');
    },
    dispose: () => {},
  };
}

function prepareReplay(inputs: readonly Tensor[], compute: Program['compute']): Prepared {
  const step = lusd.capture(() => lusd.noGrad(() => compute(...inputs)));
  return {
    run: () => step.replay(),
    output: () => step.result.data('f32'),
    dispose: () => step.dispose(),
  };
}

function prepare({ operation }: Case, dtype: OpenOptions['dtype']): Prepared | Promise<Prepared> {
  if (operation.op === 'edit') return prepareEdit(operation.numSteps, dtype);
  const program = programOf(operation);
  const inputs = program.inputs.map(({ shape, values }) => lusd.tensor(values, { shape, dtype }));
  const replays = operation.op === 'smallOps' && operation.mode === 'replay';
  const prepared = (replays ? prepareReplay : prepareEager)(inputs, program.compute);
  return {
    ...prepared,
    dispose: async () => {
      await prepared.dispose();
      for (const input of inputs) input.dispose();
    },
  };
}

export async function open({ adapter, dtype }: OpenOptions): Promise<Library> {
  return libraryOn(await lusd.openDevice({ adapter, log: null }), dtype);
}

export function libraryOn(device: lusd.Device, dtype: OpenOptions['dtype']): Library {
  return {
    prepare: (benchCase) => prepare(benchCase, dtype),
    sync: () => device.sync(),
    takePeakBytes: () => {
      const { peakBytes } = device.memory();
      device.resetPeakMemory();
      return peakBytes;
    },
  };
}
