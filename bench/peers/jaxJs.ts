import {
  defaultDevice,
  getWebGPUDevice,
  init,
  type Array as JaxArray,
  jit,
  lax,
  nn,
  numpy as np,
} from '@jax-js/jax';
import { type Case, type Operation, OURS_ONLY } from '../src/cases.ts';
import {
  attentionInputs,
  conv2dInputs,
  type HostTensor,
  linearInputs,
  matmulInputs,
  normInputs,
  softmaxInput,
} from '../src/data.ts';
import type { Library, Prepared } from '../src/library.ts';
import { fromNchw, type Layout, toNchw, toOihw } from './layout.ts';
import { provideNavigatorGpu } from './navigatorGpu.ts';

/** A function under `jit` with its arguments; `layout` turns its result into our layout. */
interface Program {
  readonly inputs: readonly HostTensor[];
  readonly compute: (...inputs: JaxArray[]) => JaxArray;
  readonly layout?: Layout;
}

function conv2d(operation: Operation & { op: 'conv2d' }): Program {
  const { x, weight, bias } = conv2dInputs(operation);
  const { size, outputs, kernel } = operation;
  const pad: [number, number] = [(kernel - 1) / 2, (kernel - 1) / 2];
  return {
    inputs: [toNchw(x), toOihw(weight), { ...bias, shape: [1, outputs, 1, 1] }],
    compute: (image, filter, offset) => lax.conv(image!, filter!, [1, 1], [pad, pad]).add(offset!),
    layout: fromNchw(outputs, size),
  };
}

function groupNormSilu({ size, channels, groups }: Operation & { op: 'groupNormSilu' }): Program {
  const { x, weight, bias } = normInputs([1, size, size, channels]);
  const perChannel = [1, channels, 1, 1];
  return {
    inputs: [toNchw(x), { ...weight, shape: perChannel }, { ...bias, shape: perChannel }],
    compute: (image, scale, shift) => {
      const normalized = nn.standardize(image!.reshape([1, groups, -1])).reshape([1, channels, size, size]);
      return nn.silu(normalized.mul(scale!).add(shift!));
    },
    layout: fromNchw(channels, size),
  };
}

function programOf({ operation }: Case): Program {
  switch (operation.op) {
    case 'matmul': {
      const { a, b } = matmulInputs(operation);
      return { inputs: [a, b], compute: (left, right) => np.matmul(left!, right!) };
    }
    case 'linear': {
      const { x, weight, bias } = linearInputs(operation);
      return { inputs: [x, weight, bias], compute: (rows, w, b) => np.matmul(rows!, w!).add(b!) };
    }
    case 'conv2d':
      return conv2d(operation);
    case 'attention': {
      if (!('Iterator' in globalThis))
        throw new Error("jax-js's attention needs the iterator helpers of Node 22");
      const { query, key, value } = attentionInputs(operation);
      return { inputs: [query, key, value], compute: (q, k, v) => nn.dotProductAttention(q!, k!, v!) };
    }
    case 'groupNormSilu':
      return groupNormSilu(operation);
    case 'layerNorm': {
      const { x, weight, bias } = normInputs([operation.rows, operation.width]);
      return { inputs: [x, weight, bias], compute: (rows, w, b) => nn.standardize(rows!).mul(w!).add(b!) };
    }
    case 'softmax':
      return { inputs: [softmaxInput(operation)], compute: (rows) => nn.softmax(rows!, -1) };
    case 'smallOps':
    case 'edit':
      throw new Error(OURS_ONLY);
  }
}

function prepare(benchCase: Case): Prepared {
  const { inputs, compute, layout } = programOf(benchCase);
  const arrays = inputs.map(({ values, shape }) => np.array(values, { shape: [...shape] }));
  const compiled = jit(compute);
  const call = (): JaxArray => compiled(...arrays.map((array) => array.ref));
  return {
    // Arrays are lazy: asking for the buffer dispatches, and drops the array.
    run: async () => {
      await call().gpuBuffer();
    },
    output: async () => {
      const values = (await call().data()) as Float32Array<ArrayBuffer>;
      return layout ? layout(values) : values;
    },
    dispose: () => {
      compiled.dispose();
      for (const array of arrays) array.dispose();
    },
  };
}

export async function open(): Promise<Library> {
  provideNavigatorGpu();
  const devices = await init('webgpu');
  if (!devices.includes('webgpu')) throw new Error('jax-js found no WebGPU adapter');
  defaultDevice('webgpu');
  return {
    prepare,
    sync: () =>
      getWebGPUDevice()
        .queue.onSubmittedWorkDone()
        .then(() => undefined),
  };
}
