import { join } from 'node:path';
import { readTextIfThere } from '../json.ts';
import type { Cleaning } from './clean.ts';
import { ClipTokenizer } from './clipTokenizer.ts';
import { readVocabulary, TOKENIZER_REMEDY } from './tokenizerFiles.ts';

/**
 * Loads a model's tokenizer from its folder, as {@link readVocabulary} says.
 * @param cleaning how prompts are cleaned; the released Stable Diffusion programs used `slow`.
 * @throws CheckpointError naming the file that is missing or malformed.
 */
export async function loadClipTokenizer(folder: string, cleaning: Cleaning = 'slow'): Promise<ClipTokenizer> {
  const read = (name: string) => readTextIfThere(join(folder, name), TOKENIZER_REMEDY);
  return new ClipTokenizer(await readVocabulary(read, folder), cleaning);
}
