import { defaultClipTokenizer } from '@lusd/sd-models';
import { describe, expect, test } from 'vitest';
import { OptionError } from '../../src/index.ts';
import { alignTokens } from '../../src/prompts/alignTokens.ts';
import { namedTokens } from '../../src/prompts/namedTokens.ts';
import {
  refinement,
  replacement,
  reweighted,
  type TokenMixture,
  takenOver,
} from '../../src/prompts/tokenMixture.ts';
import { goldenFolder, readJson } from '../support/goldenFiles.ts';

interface AlignedPair {
  readonly source: string;
  readonly target: string;
  readonly source_ids: readonly number[];
  readonly target_ids: readonly number[];
  readonly refine_mapper: readonly number[];
  readonly refine_alphas: readonly number[];
  readonly word_indices_target: Readonly<Record<string, readonly number[]>>;
  /** Row, column and value; null where the prompts have different numbers of words. */
  readonly replace_nonzero: readonly (readonly [i: number, j: number, value: number])[] | null;
}

const { pairs } = readJson<{ pairs: readonly AlignedPair[] }>(
  new URL('case.json', goldenFolder('editors/p2p_alignment')),
);
const tokenizer = await defaultClipTokenizer('sd1');
const promptsOf = ({ source, target }: Pick<AlignedPair, 'source' | 'target'>) => ({
  source,
  target,
  negative: null,
  tokenizer,
  longPrompts: false,
});

/** Row, column and value of what is not zero, by row. */
function nonzero({ base, length }: TokenMixture): number[][] {
  return Array.from(base, (value, cell) => [Math.floor(cell / length), cell % length, value]).filter(
    ([, , value]) => value !== 0,
  );
}

describe.each(pairs)('$source -> $target', (pair) => {
  const { refine_mapper: mapper, refine_alphas: alphas } = pair;

  test('tokens are aligned as by the released function', () => {
    const length = pair.target_ids.length;
    const expected = mapper.slice(0, length).map((i) => (i === -1 ? null : i));
    expect(alignTokens(pair.source_ids, pair.target_ids)).toEqual(expected);
  });

  test('refinement takes the recorded tokens', () => {
    const { own, ...mixture } = refinement(promptsOf(pair));
    expect([...own]).toEqual(alphas.map((alpha) => 1 - alpha));
    const taken = mapper.flatMap((i, j) => (i === -1 ? [] : [[i, j, 1]]));
    const byColumn = nonzero({ own, ...mixture }).sort((a, b) => a[1]! - b[1]!);
    expect(byColumn).toEqual(taken);
  });

  test('words have the recorded tokens', () => {
    const prompt = { text: pair.target, name: 'target prompt', option: 'words' } as const;
    for (const [word, indices] of Object.entries(pair.word_indices_target))
      expect(namedTokens(prompt, [word], tokenizer).indices, word).toEqual(indices);
  });

  test('replacement is the recorded one, or is refused', () => {
    const replaced = () => replacement(promptsOf(pair), 'parity');
    if (pair.replace_nonzero) {
      expect(nonzero(replaced())).toEqual(pair.replace_nonzero);
      expect(Math.max(...replaced().own)).toBe(0);
      return;
    }
    expect(replaced).toThrow(OptionError);
    expect(replaced).toThrow('option promptEdit cannot be replace, since the source prompt has');
  });
});

test('the aligned tail of a replacement gives each token that of the same word', () => {
  const prompts = promptsOf({ source: 'a lemur on a skateboard', target: 'a chihuahua on a skateboard' });
  const [source, target] = [prompts.source, prompts.target].map((text) => tokenizer.encode(text).ids);
  const cells = nonzero(replacement(prompts, 'aligned'));
  for (const [i, j] of cells.filter(([i]) => i !== 2 && i !== 3)) expect(source![i!]).toBe(target![j!]);
  // Each of the target's tokens takes one token's attention, but for the replaced word's, which takes two.
  const columns = cells.map(([, j]) => j);
  expect(new Set(columns).size).toBe(77);
  expect(columns.length).toBe(78);
});

test('reweighting multiplies the columns of its words', () => {
  const prompts = promptsOf({ source: 'a cup', target: 'a red cup on a table' });
  const plain = refinement(prompts);
  const { base, own, length } = reweighted(plain, prompts, { a: 3, red: 0.5 });
  const factor = (j: number) => ({ 1: 3, 5: 3, 2: 0.5 })[j] ?? 1;
  expect([...own]).toEqual([...plain.own].map((share, j) => share * factor(j)));
  expect([...base]).toEqual([...plain.base].map((share, cell) => share * factor(cell % length)));
  expect(() => reweighted(plain, prompts, { green: 2 })).toThrow(
    'option reweight must be written as in the target prompt "a red cup on a table", but "green" is not',
  );
});

test('tokens that are not taken over keep their own attention, without a factor', () => {
  const prompts = promptsOf({ source: 'a cup', target: 'a red cup' });
  const mixture = reweighted(refinement(prompts), prompts, { cup: 2 });
  const whole = takenOver(mixture, new Array<boolean>(77).fill(true));
  expect(whole).toEqual(mixture);
  // The cup is token 3.
  const { base, own, length } = takenOver(
    mixture,
    Array.from({ length: 77 }, (_, j) => j !== 3),
  );
  expect([...own]).toEqual([...mixture.own].map((share, j) => (j === 3 ? 1 : share)));
  expect([...base]).toEqual([...mixture.base].map((share, cell) => (cell % length === 3 ? 0 : share)));
});
