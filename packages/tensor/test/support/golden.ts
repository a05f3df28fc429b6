import { openSafetensors, type SafetensorsFile, toFloat32, toInt32 } from '../../src/safetensors/index.ts';

/** Storage types of golden tensors. The data of f16 is widened exactly; that of bool and u8 is 0, 1, .. as i32. */
export type GoldenDType = 'f32' | 'f16' | 'i32' | 'u8' | 'bool';

export interface GoldenTensor {
  readonly dtype: GoldenDType;
  readonly shape: readonly number[];
  /** Row-major: Float32Array for f32 and f16, Int32Array for the others. */
  readonly data: Float32Array | Int32Array;
}

export type GoldenArgument = number | string | boolean | readonly number[] | readonly (readonly number[])[];

/** One call of an operation, its results and its gradients, as PyTorch gives them in float64. */
export interface GoldenCase {
  readonly name: string;
  readonly op: string;
  /** The type the operation runs in; the expected results are exact either way. */
  readonly dtype: 'f32' | 'f16';
  /** Options by their camelCase names. */
  readonly args: Readonly<Record<string, GoldenArgument>>;
  /** Relative tolerance of this case. */
  readonly rtol: number;
  /** Inputs by name, in argument order. */
  readonly inputs: ReadonlyMap<string, GoldenTensor>;
  readonly outputs: readonly GoldenTensor[];
  /** The random gradient that reaches each output; empty where no gradient is stored. */
  readonly outputGradients: readonly GoldenTensor[];
  /** Gradients of inputs, by the input's name. */
  readonly gradients: ReadonlyMap<string, GoldenTensor>;
}

interface CaseRecord {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly args: Readonly<Record<string, GoldenArgument>>;
  readonly grads: readonly string[];
  readonly dtype?: 'f16';
  readonly tolerance?: number;
}

const DTYPES = new Map<string, GoldenDType>([
  ['F32', 'f32'],
  ['F16', 'f16'],
  ['I32', 'i32'],
  ['U8', 'u8'],
  ['BOOL', 'bool'],
]);
const DEFAULT_RTOL = { f32: 1e-5, f16: 2e-3 };

/**
 * The cases of `test/golden/<family>.safetensors`, written by `reference/tensor`.
 *
 * @param op only the cases of this operation
 * @throws Error if the file lists no such case
 */
export async function readGoldenCases(family: string, op?: string): Promise<GoldenCase[]> {
  await using file = await openSafetensors(new URL(`../golden/${family}.safetensors`, import.meta.url));
  const records: CaseRecord[] = JSON.parse(file.metadata.get('cases') ?? '[]');
  const wanted = records.filter((record) => op === undefined || record.op === op);
  if (wanted.length === 0) {
    throw new Error(
      `${file.name} lists no cases${op === undefined ? '' : ` of ${op}`}; run reference/make.sh`,
    );
  }
  return await Promise.all(wanted.map((record) => readCase(file, record)));
}

async function readCase(file: SafetensorsFile, record: CaseRecord): Promise<GoldenCase> {
  const dtype = record.dtype ?? 'f32';
  const read = (name: string) => readTensor(file, `${record.name}/${name}`);
  return {
    name: record.name,
    op: record.op,
    dtype,
    args: record.args,
    rtol: record.tolerance ?? DEFAULT_RTOL[dtype],
    inputs: await readNamed(record.inputs, read),
    outputs: await readSeveral(file, record.name, 'out'),
    outputGradients: await readSeveral(file, record.name, 'grad_out'),
    gradients: await readNamed(record.grads, (name) => read(`grad_${name}`)),
  };
}

/** `<case>/<stem>`, or `<case>/<stem>0`, `<stem>1`, .. in that order. */
function readSeveral(file: SafetensorsFile, caseName: string, stem: string): Promise<GoldenTensor[]> {
  const single = `${caseName}/${stem}`;
  if (file.tensors.has(single)) return Promise.all([readTensor(file, single)]);
  const names: string[] = [];
  while (file.tensors.has(single + names.length)) names.push(single + names.length);
  return Promise.all(names.map((name) => readTensor(file, name)));
}

async function readNamed(
  names: readonly string[],
  read: (name: string) => Promise<GoldenTensor>,
): Promise<Map<string, GoldenTensor>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
}

async function readTensor(file: SafetensorsFile, name: string): Promise<GoldenTensor> {
  const bytes = await file.read(name);
  const { dtype: stored, shape } = file.tensors.get(name)!;
  const dtype = DTYPES.get(stored);
  if (dtype === undefined)
    throw new Error(`${file.name}: ${name} is ${stored}, which no golden tensor may be`);
  const data = stored === 'F32' || stored === 'F16' ? toFloat32(bytes, stored) : toInt32(bytes, stored);
  return { dtype, shape, data };
}
