import type { Cleaning } from './clean.ts';
import { ClipTokenizer } from './clipTokenizer.ts';
import { parseMerges, type Vocabulary, vocabularyFromMerges } from './vocabulary.ts';

/** Stable Diffusion 1 pads prompts with the end token, Stable Diffusion 2 with "!". */
export type ClipTokenizerKind = 'sd1' | 'sd2';

/**
 * CLIP's own tokenizer, whose vocabulary is bundled with the package, for models without one. It is loaded by the
 * first call. Works in browsers.
 * @param cleaning how prompts are cleaned
 */
export async function defaultClipTokenizer(
  kind: ClipTokenizerKind,
  cleaning: Cleaning = 'slow',
): Promise<ClipTokenizer> {
  return new ClipTokenizer(await defaultClipVocabulary(kind), cleaning);
}

/** The vocabulary of {@link defaultClipTokenizer}. */
export async function defaultClipVocabulary(kind: ClipTokenizerKind): Promise<Vocabulary> {
  const { CLIP_MERGES } = await import('./clipMerges.ts');
  const merges = parseMerges(await inflate(CLIP_MERGES), "CLIP's merges");
  const vocabulary = vocabularyFromMerges(merges);
  const padding = kind === 'sd2' ? '!' : vocabulary.special.padding;
  return { ...vocabulary, special: { ...vocabulary.special, padding } };
}

/** The text of base64 of zlib's format. */
async function inflate(base64: string): Promise<string> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).text();
}
