import { openSafetensors } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import type { ModelFile } from '../files/modelFiles.ts';
import { describeOtherFile } from './fileKind.ts';
import type { TensorFile } from './weightSource.ts';

/**
 * The names, dtypes and shapes in a safetensors file, from its header alone, and the header's free text.
 *
 * @throws CheckpointError naming the kind of file if it is of another kind
 * @throws SafetensorsError naming the file if it is damaged
 */
export async function readTensorFile(file: ModelFile): Promise<TensorFile> {
  const other = await describeOtherFile(file);
  if (other !== null) throw new CheckpointError(`${file.name} ${other}.`);
  await using opened = await openSafetensors(file.source);
  return { file, tensors: opened.tensors, metadata: opened.metadata };
}
