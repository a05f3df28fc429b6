import { type Case, type Operation, OURS_ONLY } from '../src/cases.ts';
import {
  attentionInputs,
  conv2dInputs,
  linearInputs,
  matmulInputs,
  normInputs,
  softmaxInput,
} from '../src/data.ts';
import { fromNchw, type Layout, toNchw, toOihw } from './layout.ts';
import { type Graph, MICROSOFT, type Node } from './onnxModel.ts';

/** A case as an ONNX graph; `layout` turns its result into our layout. */
export interface Program {
  readonly graph: Graph;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly layout?: Layout;
}

function linear(operation: Operation & { op: 'linear' }): Program {
  const { x, weight, bias } = linearInputs(operation);
  return {
    graph: {
      inputs: { x },
      weights: { weight, bias },
      nodes: [
        { op: 'MatMul', inputs: ['x', 'weight'], output: 'product' },
        { op: 'Add', inputs: ['product', 'bias'], output: 'y' },
      ],
      output: { name: 'y', shape: [operation.rows, operation.outputs] },
    },
  };
}

function conv2d(operation: Operation & { op: 'conv2d' }): Program {
  const { x, weight, bias } = conv2dInputs(operation);
  const { size, outputs, kernel } = operation;
  const pads = Array.from({ length: 4 }, () => (kernel - 1) / 2);
  return {
    graph: {
      inputs: { x: toNchw(x) },
      weights: { weight: toOihw(weight), bias },
      nodes: [{ op: 'Conv', inputs: ['x', 'weight', 'bias'], output: 'y', attributes: { pads } }],
      output: { name: 'y', shape: [1, outputs, size, size] },
    },
    layout: fromNchw(outputs, size),
  };
}

function attention(operation: Operation & { op: 'attention' }): Program {
  const { query, key, value } = attentionInputs(operation);
  const { queries, keys, heads, headSize } = operation;
  const width = heads * headSize;
  return {
    graph: {
      inputs: {
        query: { ...query, shape: [1, queries, width] },
        key: { ...key, shape: [1, keys, width] },
        value: { ...value, shape: [1, keys, width] },
      },
      weights: {},
      nodes: [
        {
          op: 'MultiHeadAttention',
          domain: MICROSOFT,
          inputs: ['query', 'key', 'value'],
          output: 'y',
          attributes: { num_heads: heads },
        },
      ],
      output: { name: 'y', shape: [1, queries, width] },
    },
  };
}

/** onnxruntime's WebGPU provider has no GroupNorm: its exporters write it with InstanceNormalization. */
function groupNormSilu({ size, channels, groups }: Operation & { op: 'groupNormSilu' }): Program {
  const { x, weight, bias } = normInputs([1, size, size, channels]);
  const ones = { shape: [groups], values: new Float32Array(groups).fill(1) };
  const zeros = { shape: [groups], values: new Float32Array(groups) };
  const perChannel = [channels, 1, 1];
  const nodes: Node[] = [
    { op: 'Reshape', inputs: ['x', 'grouped_shape'], output: 'grouped' },
    {
      op: 'InstanceNormalization',
      inputs: ['grouped', 'ones', 'zeros'],
      output: 'normalized',
      attributes: { epsilon: { float: 1e-5 } },
    },
    { op: 'Reshape', inputs: ['normalized', 'image_shape'], output: 'image' },
    { op: 'Mul', inputs: ['image', 'weight'], output: 'scaled' },
    { op: 'Add', inputs: ['scaled', 'bias'], output: 'affine' },
    { op: 'Sigmoid', inputs: ['affine'], output: 'gate' },
    { op: 'Mul', inputs: ['affine', 'gate'], output: 'y' },
  ];
  const weights = {
    weight: { ...weight, shape: perChannel },
    bias: { ...bias, shape: perChannel },
    ones,
    zeros,
  };
  const output = { name: 'y', shape: [1, channels, size, size] };
  return {
    graph: { inputs: { x: toNchw(x) }, weights, nodes, output },
    shapes: { grouped_shape: [0, groups, -1], image_shape: output.shape },
    layout: fromNchw(channels, size),
  };
}

function layerNorm({ rows, width }: Operation & { op: 'layerNorm' }): Program {
  const { x, weight, bias } = normInputs([rows, width]);
  const attributes = { axis: -1, epsilon: { float: 1e-5 } };
  return {
    graph: {
      inputs: { x },
      weights: { weight, bias },
      nodes: [{ op: 'LayerNormalization', inputs: ['x', 'weight', 'bias'], output: 'y', attributes }],
      output: { name: 'y', shape: [rows, width] },
    },
  };
}

/** @throws Error for cases that only our library has */
export function programOf({ operation }: Case): Program {
  switch (operation.op) {
    case 'matmul': {
      const { a, b } = matmulInputs(operation);
      const nodes = [{ op: 'MatMul', inputs: ['a', 'b'], output: 'y' }];
      const output = { name: 'y', shape: [operation.m, operation.n] };
      return { graph: { inputs: { a, b }, weights: {}, nodes, output } };
    }
    case 'linear':
      return linear(operation);
    case 'conv2d':
      return conv2d(operation);
    case 'attention':
      return attention(operation);
    case 'groupNormSilu':
      return groupNormSilu(operation);
    case 'layerNorm':
      return layerNorm(operation);
    case 'softmax': {
      const x = softmaxInput(operation);
      const nodes = [{ op: 'Softmax', inputs: ['x'], output: 'y', attributes: { axis: -1 } }];
      return { graph: { inputs: { x }, weights: {}, nodes, output: { name: 'y', shape: x.shape } } };
    }
    case 'smallOps':
    case 'edit':
      throw new Error(OURS_ONLY);
  }
}
