import { type ModelFolder, readTextIfThere } from '../files/modelFiles.ts';
import type { Cleaning } from './clean.ts';
import { ClipTokenizer } from './clipTokenizer.ts';
import { readVocabulary } from './tokenizerFiles.ts';

/**
 * Loads a model's tokenizer from its folder, as {@link readVocabulary} says.
 * @param cleaning how prompts are cleaned; the released Stable Diffusion programs used `slow`.
 * @throws CheckpointError naming the file that is missing or malformed.
 */
export async function loadClipTokenizer(
  folder: ModelFolder,
  cleaning: Cleaning = 'slow',
): Promise<ClipTokenizer> {
  const read = (name: string) => readTextIfThere(folder, name);
  return new ClipTokenizer(await readVocabulary(read, folder.name), cleaning);
}
