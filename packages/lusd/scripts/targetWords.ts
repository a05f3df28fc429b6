/** Writes docs/target-words.md: which tokens each rule chooses for the twenty sample pairs. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { alignedTargetTokens, parityTargetTokens } from '../src/prompts/differingTokens.ts';
import { loadBrillTagger } from '../src/prompts/tagger.ts';
import type { TargetWord } from '../src/prompts/targetTokens.ts';
import {
  type KnownPair,
  recordedTokenizer,
  recordedTokensAt,
  samplePairs,
} from '../test/prompts/recordedPrompts.ts';

export const documentPath = fileURLToPath(new URL('../../../docs/target-words.md', import.meta.url));

const INTRODUCTION = `# Which words the mask looks at

Made by \`npm run docs:target-words -w packages/lusd\`; do not edit.

The mask is made from the attention to the target prompt's differing nouns. Each cell names the chosen words
and, in brackets, the positions of their tokens among the text encoder's 77, the start token being 0.

- **Released program**: its own answers, with NLTK's tagger. Given NLTK's tags, the parity rule here gives the
  same positions. NLTK's model, \`averaged_perceptron_tagger_eng\` of its data, is fetched by the user; the
  tests run all pairs through it where LUSD_NLTK_TAGGER names its folder.
- **Parity rule, shipped tagger**: the same rule with the tagger that needs no download, npm's \`pos\` (Brill's
  rules and lexicon; an unmodified dependency under the LGPL 3.0). It takes unknown words for nouns, so that the
  object of an edit is rarely lost, but numbers that are spelled out ("two") as well.
- **Default rule, shipped tagger**: proper nouns count too, and positions come from the tokens' places in the
  prompt. Where the parity rule's position falls on another token, because it drops punctuation or takes the
  differing words for contiguous, this column says which token it falls on.

Naming the words (\`--edit-words "party hat"\`) or the positions (\`--target-index 4,8\`) overrides every rule.
`;

/** The whole document. */
export async function targetWordsDocument(): Promise<string> {
  const tagger = await loadBrillTagger();
  const rows = samplePairs.map((pair) => {
    const rule = [pair.source_prompt, pair.target_prompt, recordedTokenizer, tagger] as const;
    const parity = parityTargetTokens(...rule);
    const aligned = alignedTargetTokens(...rule);
    const same = parity.indices.join() === pair.target_index.join();
    const row = [
      quote(pair.source_prompt),
      quote(pair.target_prompt),
      cell(releasedWords(pair)),
      same ? 'the same' : cell(parity.words),
      cell(aligned.words) + misplacement(pair, parity.words),
    ];
    return { row, same };
  });
  const header = [
    'source',
    'target',
    'released program',
    'parity rule, shipped tagger',
    'default rule, shipped tagger',
  ];
  const table = [header, header.map(() => '---'), ...rows.map(({ row }) => row)];
  const agreeing = rows.filter(({ same }) => same).length;
  return [
    INTRODUCTION,
    ...table.map((cells) => `| ${cells.join(' | ')} |`),
    `\nWith the shipped tagger the parity rule gives the released program's positions for ${agreeing} of the ${rows.length} pairs.\n`,
  ].join('\n');
}

function releasedWords(pair: KnownPair): TargetWord[] {
  const nouns = pair.differing.filter((_, i) => pair.is_noun[i]);
  return nouns.map((text, i) => ({ text, indices: [pair.target_index[i]!] }));
}

function misplacement({ target_prompt }: KnownPair, parity: readonly TargetWord[]): string {
  const misplaced = parity.flatMap(({ text, indices }) => {
    const [token] = recordedTokensAt(target_prompt, indices);
    return text.endsWith(token!) ? [] : [`"${text}" on "${token}"`];
  });
  return misplaced.length === 0 ? '' : `; the parity rule puts ${misplaced.join(' and ')}`;
}

function cell(words: readonly TargetWord[]): string {
  return words.map(({ text, indices }) => `${text} (${indices.join(', ')})`).join(', ');
}

function quote(prompt: string): string {
  return prompt === '' ? '(empty)' : prompt;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(documentPath, await targetWordsDocument());
}
