import {
  currentDevice,
  fromBytes,
  type Module,
  openSafetensors,
  permute,
  type SafetensorsFile,
  scope,
  type Tensor,
} from '@lusd/tensor';
import { chooseDtype, type DTypeChoice } from './chooseDtype.ts';
import { matchWeights, type WeightMatch } from './match.ts';
import { readWeight, type UploadBytes, type WeightDType } from './readWeight.ts';
import type { Checkpoint, WeightSource } from './weightSource.ts';

export interface LoadOptions {
  /** What the weights are kept as on the device. Default 'f32'. */
  readonly dtype?: WeightDType;
}

/** Of what loads whole models. */
export interface ModelLoadOptions {
  /** What the weights are kept as on the device; 'auto' chooses by {@link chooseDtype}. Default 'f32'. */
  readonly dtype?: WeightDType | 'auto';
  /** Called with what 'auto' chose, before any weight is read. */
  readonly onDtype?: (choice: DTypeChoice) => void;
}

/** The dtype that `options` ask for. @param checkpoints of every part of the model */
export function resolveDtype(
  { dtype = 'f32', onDtype }: ModelLoadOptions,
  checkpoints: readonly Checkpoint[],
): WeightDType {
  if (dtype !== 'auto') return dtype;
  const choice = chooseDtype(checkpoints, currentDevice());
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
  checkpoint: Checkpoint,
  { dtype = 'f32' }: LoadOptions = {},
): Promise<void> {
  const matches = matchWeights(module, checkpoint);
  module.requireGrad(false);
  try {
    for (const [path, ofFile] of byFile(matches)) await loadFile(path, ofFile, dtype);
  } catch (error) {
    module.dispose();
    throw error;
  }
  // The memory in which layouts and dtypes were converted has sizes that inference does not need.
  currentDevice().trim();
}

function byFile(matches: readonly WeightMatch[]): Map<string, WeightMatch[]> {
  const files = new Map<string, WeightMatch[]>();
  for (const match of matches) {
    const { file } = match.source;
    files.set(file, [...(files.get(file) ?? []), match]);
  }
  return files;
}

async function loadFile(path: string, matches: readonly WeightMatch[], dtype: WeightDType): Promise<void> {
  await using file = await openSafetensors(path);
  let uploaded = 0;
  for (const match of inFileOrder(file, matches)) {
    uploaded += await loadOne(file, match, dtype);
    if (uploaded < UPLOADED_BETWEEN_WAITS) continue;
    await currentDevice().sync();
    currentDevice().trim();
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
  dtype: WeightDType,
): Promise<number> {
  const upload = await readWeight(file, name, source, dtype);
  scope(() => {
    const tooLarge = upload.bytes.byteLength > currentDevice().limits.maxStorageBufferBindingSize;
    if (tooLarge) parameter.loadRows(name, rowTensors(upload, source));
    else parameter.loadTorch(name, wholeTensor(upload, source));
    parameter.to(dtype);
  });
  return upload.bytes.byteLength;
}

function wholeTensor({ bytes, dtype }: UploadBytes, { shape, view }: WeightSource): Tensor {
  if (view?.kind !== 'transpose') return fromBytes(bytes, shape, { dtype });
  return permute(fromBytes(bytes, shape.toReversed(), { dtype }), [1, 0]);
}

/** Blocks of rows, each as large as the adapter can bind. */
function rowTensors({ bytes, dtype }: UploadBytes, { shape }: WeightSource): Tensor[] {
  const [rows = 1, ...rest] = shape;
  const rowBytes = bytes.byteLength / rows;
  const perBlock = Math.floor(currentDevice().limits.maxStorageBufferBindingSize / rowBytes / 2) * 2;
  const blocks: Tensor[] = [];
  for (let start = 0; start < rows; start += perBlock) {
    const end = Math.min(start + perBlock, rows);
    blocks.push(
      fromBytes(bytes.subarray(start * rowBytes, end * rowBytes), [end - start, ...rest], { dtype }),
    );
  }
  return blocks;
}
