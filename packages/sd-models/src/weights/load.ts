import {
  currentDevice,
  type Device,
  fromBytes,
  type Module,
  openSafetensors,
  permute,
  type SafetensorsFile,
  scope,
  type Tensor,
} from '@lusd/tensor';
import type { ModelFile } from '../files/modelFiles.ts';
import { chooseDtype, type DTypeChoice } from './chooseDtype.ts';
import { matchWeights, type WeightMatch } from './match.ts';
import { readWeight, type UploadBytes, type WeightDType } from './readWeight.ts';
import type { StateDict, WeightSource } from './weightSource.ts';

/** How a module's weights are kept, and where. */
export interface LoadOptions {
  /** Dtype of the weights on the device. Default 'f32'. */
  readonly dtype?: WeightDType;
  /** The device that the weights go to. Default: the current device when loading starts. */
  readonly device?: Device;
}

/** Of what loads whole models. */
export interface ModelLoadOptions {
  /** Dtype of the weights on the device; 'auto' chooses by {@link chooseDtype}. Default 'f32'. */
  readonly dtype?: WeightDType | 'auto';
  /** The device that the weights go to. Default: the current device when loading starts. */
  readonly device?: Device;
  /** Called with what 'auto' chose, before any weight is read. */
  readonly onDtype?: (choice: DTypeChoice) => void;
}

/** The dtype that `options` ask for. @param stateDicts of every part of the model */
export function resolveDtype(
  { dtype = 'f32', onDtype }: ModelLoadOptions,
  stateDicts: readonly StateDict[],
  device: Device,
): WeightDType {
  if (dtype !== 'auto') return dtype;
  const choice = chooseDtype(stateDicts, device);
  onDtype?.(choice);
  return choice.dtype;
}

/** Bytes uploaded between two waits for the device, so that its staging copies do not pile up on the host. */
const UPLOADED_BETWEEN_WAITS = 16 * 2 ** 20;

/**
 * Reads a checkpoint into `module`, one tensor at a time: the host never holds more than the largest one and its
 * conversion. The weights are frozen: they collect no gradients until `module.requireGrad(true)`.
 *
 * When it fails, `module` keeps no weights.
 *
 * @throws CheckpointError listing every missing, unexpected and misshapen tensor and every one of a dtype that holds
 *   no weights; or naming the first one that holds NaN, an infinity, or a value too large for f16
 * @throws SafetensorsError when a file cannot be read
 */
export async function loadWeights(
  module: Module,
  checkpoint: StateDict,
  { dtype = 'f32', device = currentDevice() }: LoadOptions = {},
): Promise<void> {
  const matches = matchWeights(module, checkpoint);
  module.requireGrad(false);
  try {
    for (const [file, ofFile] of byFile(matches)) await loadFile(file, ofFile, { dtype, device });
  } catch (error) {
    module.dispose();
    throw error;
  }
  // The memory in which layouts and dtypes were converted has sizes that inference does not need.
  device.trim();
}

type Target = Required<LoadOptions>;

function byFile(matches: readonly WeightMatch[]): Map<ModelFile, WeightMatch[]> {
  const files = new Map<ModelFile, WeightMatch[]>();
  for (const match of matches) {
    const { file } = match.source;
    files.set(file, [...(files.get(file) ?? []), match]);
  }
  return files;
}

async function loadFile(
  { source }: ModelFile,
  matches: readonly WeightMatch[],
  target: Target,
): Promise<void> {
  await using file = await openSafetensors(source);
  let uploaded = 0;
  for (const match of inFileOrder(file, matches)) {
    uploaded += await loadOne(file, match, target);
    if (uploaded < UPLOADED_BETWEEN_WAITS) continue;
    await target.device.sync();
    target.device.trim();
    uploaded = 0;
  }
}

/** As they lie in the file, so that it is read from front to back. */
function inFileOrder(file: SafetensorsFile, matches: readonly WeightMatch[]): WeightMatch[] {
  const offset = ({ source }: WeightMatch) => file.tensors.get(source.key)?.byteOffset ?? 0;
  return matches.toSorted((a, b) => offset(a) - offset(b));
}

/** Returns the number of bytes uploaded. */
async function loadOne(
  file: SafetensorsFile,
  { name, parameter, source }: WeightMatch,
  { dtype, device }: Target,
): Promise<number> {
  const upload = await readWeight(file, name, source, dtype);
  scope(() => {
    const tooLarge = upload.bytes.byteLength > device.limits.maxStorageBufferBindingSize;
    if (tooLarge) parameter.loadRows(name, rowTensors(upload, source, device));
    else parameter.loadTorch(name, wholeTensor(upload, source, device));
    parameter.to(dtype);
  });
  return upload.bytes.byteLength;
}

function wholeTensor({ bytes, dtype }: UploadBytes, { shape, view }: WeightSource, device: Device): Tensor {
  if (view?.kind !== 'transpose') return fromBytes(bytes, shape, { dtype, device });
  return permute(fromBytes(bytes, shape.toReversed(), { dtype, device }), [1, 0]);
}

/** Blocks of rows, each as large as the adapter can bind. */
function rowTensors({ bytes, dtype }: UploadBytes, { shape }: WeightSource, device: Device): Tensor[] {
  const [rows = 1, ...rest] = shape;
  const rowBytes = bytes.byteLength / rows;
  const perBlock = Math.floor(device.limits.maxStorageBufferBindingSize / rowBytes / 2) * 2;
  const blocks: Tensor[] = [];
  for (let start = 0; start < rows; start += perBlock) {
    const end = Math.min(start + perBlock, rows);
    blocks.push(
      fromBytes(bytes.subarray(start * rowBytes, end * rowBytes), [end - start, ...rest], { dtype, device }),
    );
  }
  return blocks;
}
