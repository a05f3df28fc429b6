import type { AlignedText } from './alignedText.ts';
import { fixText } from './ftfy/fixText.ts';
import { unescapeHtml } from './html.ts';

/**
 * The three ways in which CLIP prompts are cleaned before they are split into words. They differ on text that is not
 * plain, so which one a model was used with matters.
 *
 * - `slow`: transformers' Python `CLIPTokenizer` with ftfy, as the released Stable Diffusion programs ran it;
 * - `fast`: transformers' `CLIPTokenizerFast`, without ftfy, which `CLIPProcessor` takes and so torchmetrics' CLIP score;
 * - `original`: `clip.tokenize` of OpenAI's CLIP, which CLIP's other metrics use.
 */
export type Cleaning = 'slow' | 'fast' | 'original';

export const CLEANINGS: Readonly<Record<Cleaning, (text: AlignedText) => AlignedText>> = {
  slow: (text) => lowerCase(foldWhiteSpace(fixText(text))),
  fast: (text) => lowerCaseEachCharacter(text.normalizeNfc().replace(/\p{White_Space}+/gu, () => ' ')),
  original: (text) => lowerCase(foldWhiteSpace(unescapeHtml(unescapeHtml(fixText(text))))),
};

// Python's white space is Unicode's; JavaScript's \s adds U+FEFF and lacks U+0085.
function foldWhiteSpace(text: AlignedText): AlignedText {
  return text.replace(/\p{White_Space}+/gu, () => ' ').trim((character) => character === ' ');
}

/** Python's `str.lower`: a capital sigma that ends a word becomes a final one. */
function lowerCase(text: AlignedText): AlignedText {
  const lowered = text.text.toLowerCase();
  if (lowered.length === text.length) return text.withText(lowered);
  let position = 0;
  return text.replace(/./gsu, ({ text: character }) => {
    const start = position;
    position += character.toLowerCase().length;
    return lowered.slice(start, position);
  });
}

/** Rust's `char::to_lowercase`, which knows no context. */
function lowerCaseEachCharacter(text: AlignedText): AlignedText {
  return text.replace(/\p{Changes_When_Lowercased}/gu, ({ text: character }) => character.toLowerCase());
}
