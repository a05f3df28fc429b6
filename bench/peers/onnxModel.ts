import type { HostTensor } from '../src/data.ts';
import { bytes, type Field, float, int, message, string } from './protobuf.ts';

/** ONNX models as bytes; field numbers are those of onnx.proto. */

export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Default: ONNX's own operators. */
  readonly domain?: string;
}

export interface Graph {
  /** Fed at run time. */
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Stored in the model, as weights are. */
  readonly weights: Readonly<Record<string, HostTensor>>;
  readonly nodes: readonly Node[];
  readonly output: { readonly name: string; readonly shape: readonly number[] };
}

export const MICROSOFT = 'com.microsoft';

const IR_VERSION = 9;
const ONNX_OPSET = 18;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 };

function attribute(name: string, value: Attribute): Field {
  const type = (kind: number) => int(20, kind);
  if (typeof value === 'number') return message(5, [string(1, name), int(3, value), type(ATTRIBUTE.int)]);
  if (typeof value === 'string')
    return message(5, [string(1, name), string(4, value), type(ATTRIBUTE.string)]);
  if ('float' in value) return message(5, [string(1, name), float(2, value.float), type(ATTRIBUTE.float)]);
  return message(5, [string(1, name), ...value.map((item) => int(8, item)), type(ATTRIBUTE.ints)]);
}

function node({ op, inputs, output, attributes = {}, domain = '' }: Node): Field {
  return message(1, [
    ...inputs.map((name) => string(1, name)),
    string(2, output),
    string(4, op),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    string(7, domain),
  ]);
}

function initializer(name: string, { shape, values }: HostTensor): Field {
  const dims = shape.map((extent) => int(1, extent));
  return message(5, [...dims, int(2, FLOAT), string(8, name), bytes(9, new Uint8Array(values.buffer))]);
}

/** A list of integers, such as Reshape's shape. */
function integers(name: string, values: readonly number[]): Field {
  const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return message(5, [int(1, values.length), int(2, INT64), string(8, name), bytes(9, raw)]);
}

function valueInfo(field: number, name: string, shape: readonly number[]): Field {
  const dims = shape.map((extent) => message(1, [int(1, extent)]));
  const tensorType = message(1, [int(1, FLOAT), message(2, dims)]);
  return message(field, [string(1, name), message(2, [tensorType])]);
}

function opset(domain: string, version: number): Field {
  return message(8, [string(1, domain), int(2, version)]);
}

/** The bytes of a ModelProto; `shapes` are weights of integers. */
export function encodeModel(
  graph: Graph,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  const fields = [
    ...graph.nodes.map(node),
    string(2, 'bench'),
    ...Object.entries(graph.weights).map(([name, tensor]) => initializer(name, tensor)),
    ...Object.entries(shapes).map(([name, values]) => integers(name, values)),
    ...Object.entries(graph.inputs).map(([name, tensor]) => valueInfo(11, name, tensor.shape)),
    valueInfo(12, graph.output.name, graph.output.shape),
  ];
  return Buffer.concat([int(1, IR_VERSION), message(7, fields), opset('', ONNX_OPSET), opset(MICROSOFT, 1)]);
}
