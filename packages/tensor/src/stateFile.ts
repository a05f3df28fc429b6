import type { DType } from './dtype.ts';
import { currentDevice, type Device } from './gpu/device.ts';
import type { Stateful } from './nn/stateDict.ts';
import { tensor } from './ops/create.ts';
import { toFloat32, toInt32 } from './safetensors/convert.ts';
import type { SafetensorsDType } from './safetensors/dtype.ts';
import { openSafetensors } from './safetensors/reader.ts';
import type { SafetensorsSource } from './safetensors/source.ts';
import { encodeSafetensors, type TensorData, writeSafetensors } from './safetensors/writer.ts';
import { keep } from './scope.ts';
import type { Tensor } from './tensor.ts';

const STORED = { f32: 'F32', f16: 'F16', i32: 'I32', u32: 'U32', u8: 'U8', bool: 'BOOL' } as const;

/**
 * The state of a module, an optimizer or averages as the bytes of a safetensors file, every tensor in its own dtype.
 * Those of a module have PyTorch's names and layouts: `load_state_dict(safetensors.torch.load_file(path))` takes them.
 */
export async function encodeState(stateful: Stateful): Promise<Uint8Array<ArrayBuffer>> {
  return encodeSafetensors(await readState(stateful));
}

/** Writes `encodeState` to a file (Node only), which gets its name when it is complete. @throws SafetensorsError */
export async function saveState(path: string, stateful: Stateful): Promise<void> {
  await writeSafetensors(path, await readState(stateful));
}

async function readState(stateful: Stateful): Promise<Map<string, TensorData>> {
  const state = stateful.stateDict();
  for (const x of state.values()) keep(x); // reading it back outlives a scope
  try {
    const stored = new Map<string, TensorData>();
    for (const [name, x] of state)
      stored.set(name, { dtype: STORED[x.dtype], shape: x.shape, data: await storedData(x) });
    return stored;
  } finally {
    for (const x of state.values()) x.dispose();
  }
}

/** Elements as a file holds them: as the device does, but for those that take a word there and a byte here. */
async function storedData(x: Tensor): Promise<ArrayBufferView> {
  if (x.dtype === 'u8' || x.dtype === 'bool') return x.data('u8');
  const { device, buffer, bytes } = x.storage;
  return new Uint8Array(await device.queue.read(buffer, bytes), 0, x.size * (x.dtype === 'f16' ? 2 : 4));
}

/** How a state is loaded from a file. */
export interface LoadStateOptions {
  /** Where the tensors are read to, to be copied from. Default: the device opened last. */
  device?: Device;
}

/**
 * Loads a module, an optimizer or averages from a safetensors file, such as `saveState` or PyTorch writes. Tensors keep
 * their dtypes; those of dtypes without a counterpart here become f32 or i32.
 * @param source a path or `file:` URL (Node), a Blob, or the file's bytes
 * @throws SafetensorsError when the file cannot be read; what `loadStateDict` throws when it does not fit
 */
export async function loadState(
  source: SafetensorsSource,
  stateful: Stateful,
  { device = currentDevice() }: LoadStateOptions = {},
): Promise<void> {
  await using file = await openSafetensors(source);
  const state = new Map<string, Tensor>();
  try {
    for (const [name, { dtype, shape }] of file.tensors) {
      const elements = elementsOf(await file.read(name), dtype);
      state.set(name, keep(tensor(elements.values, { shape, dtype: elements.dtype, device })));
    }
    await stateful.loadStateDict(state);
  } finally {
    for (const x of state.values()) x.dispose();
  }
}

function elementsOf(
  bytes: Uint8Array<ArrayBuffer>,
  stored: SafetensorsDType,
): { values: ArrayLike<number>; dtype: DType } {
  switch (stored) {
    case 'F16':
      return { values: toFloat32(bytes, stored), dtype: 'f16' };
    case 'U32':
      return { values: new Uint32Array(bytes.buffer), dtype: 'u32' };
    case 'U8':
      return { values: bytes, dtype: 'u8' };
    case 'BOOL':
      return { values: bytes, dtype: 'bool' };
    case 'I8':
    case 'I16':
    case 'U16':
    case 'I32':
    case 'I64':
    case 'U64':
      return { values: toInt32(bytes, stored), dtype: 'i32' };
    default:
      return { values: toFloat32(bytes, stored), dtype: 'f32' };
  }
}
