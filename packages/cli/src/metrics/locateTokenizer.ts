import { dirname, join } from 'node:path';
import { exists, isFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { findPulled, readManifest } from '../weights/manifests.ts';

const TOKENIZERS = ['vocab.json', 'tokenizer.json'];

/**
 * Finds CLIP's tokenizer: next to the weights, in the folder of configurations, or in CLIP as it was pulled; all
 * CLIPs of OpenAI have the same.
 * @param path of the weights, a folder or a file
 * @param configFolder where the tokenizer is, if not next to the weights
 * @throws CliError naming what was found instead, or how to get what is missing
 */
export async function locateTokenizer(path: string, configFolder?: string): Promise<string> {
  if (configFolder !== undefined) return requireTokenizer(configFolder);
  const beside = await tokenizerIn((await isFolder(path)) ? path : dirname(path));
  const tokenizer = beside ?? (await findPulled(await readManifest('clip')));
  if (tokenizer) return tokenizer;
  throw new CliError(
    `there is no tokenizer next to ${path}; give a folder with CLIP's tokenizer with --config-folder, or run \`lusd weights pull clip\``,
  );
}

async function requireTokenizer(folder: string): Promise<string> {
  const found = await tokenizerIn(folder);
  if (found !== null) return found;
  throw new CliError(
    `${folder} has no tokenizer, neither ${TOKENIZERS.join(' nor ')}; give a folder that has CLIP's tokenizer`,
  );
}

/** A folder's own tokenizer, or the one in its `tokenizer`, as diffusers folders have it. */
async function tokenizerIn(folder: string): Promise<string | null> {
  for (const place of [folder, join(folder, 'tokenizer')]) {
    for (const name of TOKENIZERS) if (await exists(join(place, name))) return place;
  }
  return null;
}
