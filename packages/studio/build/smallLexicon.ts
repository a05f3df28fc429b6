import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

/** Every tag that a word can have, the most frequent first. */
export type Lexicon = Readonly<Record<string, readonly string[]>>;

/** Characters of the word before it that a word may begin with, as one digit. */
const MOST_SHARED = 9;

/**
 * Brill's lexicon as the tagger of `pos` uses it, a third as large in a bundle: of each word only its first tag, and no
 * word of which the tagger thinks the same without it. A line a tag: `NN 0cat 3s` for cat and cats.
 */
export function packLexicon(lexicon: Lexicon): string {
  const words = Object.keys(lexicon).filter((word) => lexicon[word]?.[0] !== tagWithout(lexicon, word));
  const tags = [...new Set(words.map((word) => lexicon[word]?.[0] ?? ''))];
  const wordsOf = (tag: string) => words.filter((word) => lexicon[word]?.[0] === tag).sort();
  return tags.map((tag) => [tag, ...shared(wordsOf(tag))].join(' ')).join('\n');
}

/** What the tagger takes a word for that is not in its lexicon: its small form, or a noun. */
function tagWithout(lexicon: Lexicon, word: string): string {
  const small = word.toLowerCase();
  const tags = small === word ? undefined : lexicon[small];
  return tags?.[0] ?? 'NN';
}

function shared(words: readonly string[]): string[] {
  return words.map((word, i) => {
    const before = words[i - 1] ?? '';
    let count = 0;
    while (count < MOST_SHARED && count < word.length && word[count] === before[count]) count++;
    return count + word.slice(count);
  });
}

/** The lexicon of {@link packLexicon}; it is put into the bundle as it stands here. */
export function unpackLexicon(packed: string): Lexicon {
  const lexicon: Record<string, string[]> = {};
  for (const line of packed.split('\n')) {
    const [tag = '', ...words] = line.split(' ');
    let word = '';
    for (const rest of words) {
      word = word.slice(0, Number(rest[0])) + rest.slice(1);
      lexicon[word] = [tag];
    }
  }
  return lexicon;
}

/** Puts the packed lexicon into a bundle in the place of the package's. */
export function smallLexicon(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: 'small-lexicon',
    enforce: 'pre',
    load: (id) => {
      if (!/node_modules\/pos\/lexicon\.js$/.test(id)) return null;
      const packed = packLexicon(require('pos/lexicon') as Lexicon);
      return `module.exports = (${unpackLexicon})(${JSON.stringify(packed)});`;
    },
  };
}
