import { openSafetensors } from '@lusd/tensor';
import type { TensorTable } from './weightSource.ts';

/**
 * The names, dtypes and shapes in a safetensors file, from its header alone.
 *
 * @throws SafetensorsError naming the file where it is missing or malformed
 */
export async function readTensorTable(path: string): Promise<TensorTable> {
  await using file = await openSafetensors(path);
  return file.tensors;
}
