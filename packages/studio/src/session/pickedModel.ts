import { blobFile, type ModelFile, type ModelFolder, type PickedFile, pickedFolder } from '@lusd/sd-models';
import { EngineError } from './engineError.ts';

/**
 * A model of files that were picked in a browser: one file, or those of a folder, which have their paths in it.
 * @throws EngineError if there is none
 */
export function pickedModel(files: readonly File[]): ModelFolder | ModelFile {
  const [first] = files;
  if (!first)
    throw new EngineError({
      kind: 'other',
      message: 'no file was chosen; choose a .safetensors file or a folder',
    });
  return first.webkitRelativePath === '' ? blobFile(first) : pickedFolder(files as readonly PickedFile[]);
}
