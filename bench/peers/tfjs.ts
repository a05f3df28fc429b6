import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Case, type Operation, OURS_ONLY } from '../src/cases.ts';
import {
  attentionInputs,
  conv2dInputs,
  type HostTensor,
  linearInputs,
  matmulInputs,
  normInputs,
  softmaxInput,
  transposed,
} from '../src/data.ts';
import type { Library, Prepared } from '../src/library.ts';
import { provideNavigatorGpu } from './navigatorGpu.ts';

interface Program {
  readonly inputs: readonly HostTensor[];
  readonly compute: (...inputs: Tensor[]) => Tensor;
}

const EPSILON = 1e-5;

function normalized(x: Tensor, axes: number[]): Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
}

/** Heads come first, so that no transposition is timed that a model might do elsewhere. */
function attention(operation: Operation & { op: 'attention' }): Program {
  const { query, key, value } = attentionInputs(operation);
  const scale = operation.headSize ** -0.5;
  return {
    inputs: [query, key, value].map((x) => transposed(x, [0, 2, 1, 3])),
    compute: (q, k, v) => {
      const scores = tf.mul(tf.matMul(q!, k!, false, true), scale);
      return tf.transpose(tf.matMul(tf.softmax(scores), v!), [0, 2, 1, 3]);
    },
  };
}

function groupNormSilu({ size, channels, groups }: Operation & { op: 'groupNormSilu' }): Program {
  const { x, weight, bias } = normInputs([1, size, size, channels]);
  return {
    inputs: [x, weight, bias],
    compute: (image, scale, shift) => {
      const grouped = tf.reshape(image!, [size * size, groups, channels / groups]);
      const flat = tf.reshape(normalized(grouped, [0, 2]), [1, size, size, channels]);
      const y = tf.add(tf.mul(flat, scale!), shift!);
      return tf.mul(y, tf.sigmoid(y));
    },
  };
}

function programOf({ operation }: Case): Program {
  switch (operation.op) {
    case 'matmul': {
      const { a, b } = matmulInputs(operation);
      return { inputs: [a, b], compute: (left, right) => tf.matMul(left!, right!) };
    }
    case 'linear': {
      const { x, weight, bias } = linearInputs(operation);
      const compute: Program['compute'] = (a, b, offset) =>
        tf.fused.matMul({ a: a!, b: b!, transposeA: false, transposeB: false, bias: offset! });
      return { inputs: [x, weight, bias], compute };
    }
    case 'conv2d': {
      const { x, weight, bias } = conv2dInputs(operation);
      const compute: Program['compute'] = (image, filter, offset) =>
        tf.fused.conv2d({
          x: image as Tensor4D,
          filter: filter as Tensor4D,
          strides: 1,
          pad: 'same',
          bias: offset!,
        });
      return { inputs: [x, weight, bias], compute };
    }
    case 'attention':
      return attention(operation);
    case 'groupNormSilu':
      return groupNormSilu(operation);
    case 'layerNorm': {
      const { x, weight, bias } = normInputs([operation.rows, operation.width]);
      return {
        inputs: [x, weight, bias],
        compute: (rows, w, b) => tf.add(tf.mul(normalized(rows!, [-1]), w!), b!),
      };
    }
    case 'softmax':
      return { inputs: [softmaxInput(operation)], compute: (rows) => tf.softmax(rows!) };
    case 'smallOps':
    case 'edit':
      throw new Error(OURS_ONLY);
  }
}

function prepare(benchCase: Case): Prepared {
  const { inputs, compute } = programOf(benchCase);
  const tensors = inputs.map(({ values, shape }) => tf.tensor(values, [...shape]));
  const call = (): Tensor => tf.tidy(() => compute(...tensors));
  return {
    run: () => call().dispose(),
    output: async () => {
      const result = call();
      const values = (await result.data()) as Float32Array;
      result.dispose();
      return values;
    },
    dispose: () => tf.dispose(tensors),
  };
}

export async function open(): Promise<Library> {
  provideNavigatorGpu();
  await import('@tensorflow/tfjs-backend-webgpu'); // registers itself only where it sees navigator.gpu
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs could not start its WebGPU backend');
  const backend = tf.backend() as WebGPUBackend;
  const sync = async () => {
    backend.ensureCommandEncoderReady(); // nothing may be pending, and then there is no encoder to finish
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
  };
  return { prepare, sync };
}
