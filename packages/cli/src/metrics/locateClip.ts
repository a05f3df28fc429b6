import { dirname, extname, join } from 'node:path';
import { exists, isFolder } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { findPulled, readManifest, requirePulled } from '../weights/manifests.ts';

/** Where CLIP and its tokenizer are. */
export interface ClipLocation {
  /** A folder or a single file, for `loadClip`. */
  readonly path: string;
  /** For `loadClipTokenizer`. */
  readonly tokenizer: string;
}

const PULLED = 'clip';
const TOKENIZERS = ['vocab.json', 'tokenizer.json'];

/**
 * Finds what `--weights` of `lusd metrics` names: a folder or a file of CLIP, or `clip` if it was pulled.
 * @param configFolder where the tokenizer is, if not next to the weights
 * @throws CliError naming what was found instead, or how to get what is missing
 */
export async function locateClip(weights: string, configFolder?: string): Promise<ClipLocation> {
  const path = await locateWeights(weights);
  if (configFolder !== undefined) return { path, tokenizer: await requireTokenizer(configFolder) };
  const beside = await tokenizerIn((await isFolder(path)) ? path : dirname(path));
  const tokenizer = beside ?? (await findPulled(await readManifest(PULLED)));
  if (tokenizer) return { path, tokenizer };
  throw new CliError(
    `there is no tokenizer next to ${path}; give a folder with CLIP's tokenizer with --config-folder, or run \`lusd weights pull ${PULLED}\``,
  );
}

async function locateWeights(weights: string): Promise<string> {
  if (await exists(weights)) {
    if ((await isFolder(weights)) || extname(weights) === '.safetensors') return weights;
    throw new CliError(
      `${weights} is not a .safetensors file; give a folder or a .safetensors file of CLIP ViT-B/32`,
    );
  }
  if (weights === PULLED) return requirePulled(PULLED);
  throw new CliError(
    `there are no weights '${weights}'; give a folder or a .safetensors file of CLIP ViT-B/32, or ${PULLED}`,
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
