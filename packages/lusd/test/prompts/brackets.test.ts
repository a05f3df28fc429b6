import { describe, expect, test } from 'vitest';
import { withoutBrackets } from '../../src/prompts/brackets.ts';
import { chooseTargetTokens } from '../../src/prompts/chooseTargetTokens.ts';
import type { PromptTokenizer } from '../../src/prompts/targetTokens.ts';

describe('B32: the brackets of PIE-Bench', () => {
  test.each([
    ['a slanted [rusty] mountain bicycle', 'a slanted rusty mountain bicycle'],
    ['[a cat] and [a dog]', 'a cat and a dog'],
    ['[[red] cat]', 'red cat'],
    ['a cat[s]', 'a cats'],
    ['a [] cat', 'a  cat'],
  ])('%j is %j', (marked, plain) => {
    expect(withoutBrackets(marked)).toBe(plain);
    // What PnPInversion does before it edits.
    expect(withoutBrackets(marked)).toBe(marked.replaceAll('[', '').replaceAll(']', ''));
  });

  test.each(['', 'a cat', 'a [ cat', 'a cat]', ']a cat[', '(a cat:1.2)', '{a cat}'])('%j stays', (prompt) => {
    expect(withoutBrackets(prompt)).toBe(prompt);
  });

  /** One token a word or bracket, as CLIP has them. */
  const tokenizer: PromptTokenizer = {
    maxLength: 77,
    tokenize: (text) =>
      Array.from(text.matchAll(/\w+|[[\]]/g), ({ 0: word, index }) => ({
        start: index,
        end: index + word.length,
      })),
  };

  test.each(['aligned', 'parity'] as const)(
    'the %s rule finds the same words in the same places',
    async (rule) => {
      const marked = ['a [mountain] bicycle on the road', 'a [rusty] bicycle on the [beach]'] as const;
      const plain = ['a mountain bicycle on the road', 'a rusty bicycle on the beach'] as const;
      const [source, target] = marked.map(withoutBrackets) as [string, string];
      const chosen = await chooseTargetTokens(source, target, tokenizer, { rule });
      expect(chosen).toEqual(await chooseTargetTokens(...plain, tokenizer, { rule }));
      expect(chosen.words.map(({ text }) => text)).toContain('beach');
    },
  );
});
