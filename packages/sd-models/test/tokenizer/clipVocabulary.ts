import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseMerges, type Vocabulary, vocabularyFromMerges } from '../../src/tokenizer/vocabulary.ts';

/** The released merges run on; CLIP uses the first 48,894 of them. */
const CLIP_MERGES = 48_894;

export function readGzipped(path: string): string {
  return gunzipSync(readFileSync(new URL(path, import.meta.url))).toString('utf8');
}

export function clipVocabulary(): Vocabulary {
  const merges = parseMerges(readGzipped('../golden/clip_bpe_merges.txt.gz'), 'clip_bpe_merges.txt');
  return vocabularyFromMerges(merges.slice(0, CLIP_MERGES));
}
