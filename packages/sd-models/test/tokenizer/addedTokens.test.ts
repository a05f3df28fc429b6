import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpointError.ts';
import type { Cleaning } from '../../src/tokenizer/clean.ts';
import { ClipTokenizer } from '../../src/tokenizer/clipTokenizer.ts';
import { readVocabulary } from '../../src/tokenizer/tokenizerFiles.ts';
import { vocabularyMismatch } from '../../src/tokenizer/vocabularyMismatch.ts';
import { clipVocabulary } from './clipVocabulary.ts';

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, unknown>>;
  readonly rows: readonly { readonly text: string; readonly slow?: number[]; readonly fast?: number[] }[];
}

const { ids, merges } = clipVocabulary();
const CLIP_FILES = {
  'vocab.json': JSON.stringify(Object.fromEntries(ids)),
  'merges.txt': ['#version: 0.2', ...merges.map((merge) => merge.join(' '))].join('\n'),
};

async function load(
  files: Readonly<Record<string, unknown>>,
  cleaning: Cleaning = 'slow',
): Promise<ClipTokenizer> {
  const texts = new Map(Object.entries(CLIP_FILES));
  for (const [name, content] of Object.entries(files)) texts.set(name, JSON.stringify(content));
  return new ClipTokenizer(await readVocabulary(async (name) => texts.get(name), 'tokenizer'), cleaning);
}

const CAT_TOY = { 'added_tokens.json': { '<cat-toy>': 49408 } };

describe('B04: added tokens', () => {
  it.each([
    ['added_tokens.json', CAT_TOY],
    [
      'tokenizer_config.json',
      { 'tokenizer_config.json': { added_tokens_decoder: { 49408: { content: '<cat-toy>' } } } },
    ],
    ['tokenizer.json', { 'tokenizer.json': { added_tokens: [{ id: 49408, content: '<cat-toy>' }] } }],
    ['special_tokens_map.json', { 'special_tokens_map.json': { additional_special_tokens: ['<cat-toy>'] } }],
    ["transformers 5's", { 'tokenizer_config.json': { extra_special_tokens: ['<cat-toy>'] } }],
  ])('are read from %s', async (_, files) => {
    const tokenizer = await load(files);
    const { ids: encoded } = tokenizer.encode('a photo of <cat-toy>');
    expect([...encoded.slice(0, 7)]).toEqual([49406, 320, 1125, 539, 49408, 49407, 49407]);
    expect([...tokenizer.encode('a photo of<cat-toy>').ids.slice(0, 6)]).toEqual([...encoded.slice(0, 6)]);
    expect(tokenizer.vocabularySize).toBe(49409);
  });

  const path = new URL('../golden/tokenizer/added_tokens.json', import.meta.url);
  const cases = JSON.parse(readFileSync(path, 'utf8')) as Case[];

  const tables = cases.flatMap((table) =>
    (['slow', 'fast'] as const).map((cleaning) => ({
      ...table,
      cleaning,
      rows: table.rows.filter((row) => row[cleaning] !== undefined),
    })),
  );

  it.each(tables.filter(({ rows }) => rows.length > 0))(
    "give transformers' ids: $name, $cleaning",
    async ({ files, cleaning, rows }) => {
      const tokenizer = await load(files, cleaning);
      const differing = rows
        .map((row) => ({ text: row.text, expected: row[cleaning]!, actual: idsOf(tokenizer, row.text) }))
        .filter(({ expected, actual }) => expected.join() !== actual.join());
      expect(differing).toEqual([]);
    },
  );

  it('stand where they stand in the prompt', async () => {
    const tokenizer = await load(CAT_TOY);
    const text = 'the  <cat-toy>, İ<cat-toy>s';
    const pieces = tokenizer.tokenize(text).map(({ start, end }) => text.slice(start, end));
    expect(pieces).toEqual(['the', '<cat-toy>', ',', 'İ', 'İ', '<cat-toy>', 's']);
  });

  it.each([
    [
      { 'added_tokens.json': { '<cat-toy>': '49408' } },
      /"<cat-toy>" in tokenizer\/added_tokens\.json has the id "49408"/,
    ],
    [
      { 'added_tokens.json': { '': 49408 } },
      /An added token in tokenizer\/added_tokens\.json is "", not a text/,
    ],
    [
      { 'tokenizer.json': { added_tokens: [{ content: 'x' }] } },
      /"x" in tokenizer\/tokenizer\.json has the id undefined/,
    ],
    [
      { 'tokenizer_config.json': { added_tokens_decoder: { first: { content: 'x' } } } },
      /"x" in tokenizer\/tokenizer_config\.json has the id null/,
    ],
    [
      { 'special_tokens_map.json': { additional_special_tokens: [7] } },
      /special_tokens_map\.json is 7, not a text/,
    ],
  ])('that are malformed are named: %j', async (files, message) => {
    await expect(load(files)).rejects.toThrow(message);
    await expect(load(files)).rejects.toBeInstanceOf(CheckpointError);
  });

  it('are counted against the text encoder', async () => {
    expect(vocabularyMismatch(await load({}), 49408)).toBeNull();
    expect(vocabularyMismatch(await load({}), 49411)).toEqual({
      kind: 'smaller',
      message:
        'the tokenizer knows 49408 tokens and the text encoder 49411: the 3 added tokens are ' +
        'split into pieces; use the tokenizer that was saved with it',
    });
    expect(vocabularyMismatch(await load(CAT_TOY), 49408)).toEqual({
      kind: 'larger',
      message:
        'the tokenizer knows 49409 tokens and the text encoder only 49408; use the tokenizer that was saved with it',
    });
  });
});

function idsOf(tokenizer: ClipTokenizer, text: string): number[] {
  return tokenizer.tokenize(text).map(({ id }) => id);
}
