import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpointError.ts';
import { diskFolder } from '../../src/node/diskFolder.ts';
import { loadClipTokenizer } from '../../src/tokenizer/loadTokenizer.ts';
import { clipVocabulary } from './clipVocabulary.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Whole words, with the merges that lead to them (`r e`, `re d</w>`); a word goes before those that it ends with. */
function wordLevel(words: readonly string[]) {
  const merges = words.flatMap((word) => {
    const symbols = [...word.slice(0, -1), `${word.at(-1)}</w>`];
    return symbols.slice(1).map((right, i) => `${symbols.slice(0, i + 1).join('')} ${right}`);
  });
  const tokens = ['<|startoftext|>', '<|endoftext|>', ...words.map((word) => `${word}</w>`)];
  return { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges: [...new Set(merges)] };
}

const shapes = wordLevel(['a', 'red', 'circle', 'with', 'hat', 'sand', 'star', 'and', 'on']);

function write(name: string, content: unknown): Promise<void> {
  return writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

async function writeShapes(): Promise<void> {
  await write('vocab.json', shapes.vocab);
  await write('merges.txt', ['#version: 0.2', ...shapes.merges, ''].join('\n'));
}

describe('a word-level vocabulary', () => {
  it('gives a token a word, and the unknown token for others', async () => {
    await writeShapes();
    await write('tokenizer_config.json', { model_max_length: 16 });
    const tokenizer = await loadClipTokenizer(diskFolder(folder));
    const { ids } = tokenizer.encode('A red circle with a hat');
    expect([...ids]).toEqual([0, 2, 3, 4, 5, 2, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(tokenizer.tokenize('blue').map(({ id }) => id))).toEqual(new Set([1]));
  });

  it('loads from tokenizer.json with merges in both forms', async () => {
    const pairs = shapes.merges.map((merge) => merge.split(' '));
    for (const merges of [shapes.merges, pairs]) {
      await write('tokenizer.json', { model: { type: 'BPE', vocab: shapes.vocab, merges } });
      const tokenizer = await loadClipTokenizer(diskFolder(folder));
      expect(tokenizer.tokenize('a star on sand').map(({ id }) => id)).toEqual([2, 8, 10, 7]);
      expect(tokenizer.maxLength).toBe(77);
    }
  });
});

it('loads the released vocabulary from its own files', async () => {
  const { ids, merges } = clipVocabulary();
  await write('vocab.json', Object.fromEntries(ids));
  await write('merges.txt', ['#version: 0.2', ...merges.map((merge) => merge.join(' ')), ''].join('\n'));
  await write('tokenizer_config.json', { model_max_length: 77, pad_token: '<|endoftext|>' });
  await write('special_tokens_map.json', { pad_token: '!', eos_token: { content: '<|endoftext|>' } });
  const tokenizer = await loadClipTokenizer(diskFolder(folder), 'original');
  expect([...tokenizer.encode('a glass').ids.slice(0, 5)]).toEqual([49406, 320, 3313, 49407, 0]);
});

describe('the padding token', () => {
  beforeEach(async () => {
    await writeShapes();
    await write('special_tokens_map.json', { pad_token: { content: 'a</w>' } });
  });

  it('comes from the special tokens map', async () => {
    await write('tokenizer_config.json', { pad_token: '<|endoftext|>' });
    expect((await loadClipTokenizer(diskFolder(folder))).paddingId).toBe(2);
  });

  it('comes from the configuration once that lists added tokens', async () => {
    await write('tokenizer_config.json', { pad_token: '<|endoftext|>', added_tokens_decoder: {} });
    expect((await loadClipTokenizer(diskFolder(folder))).paddingId).toBe(1);
  });
});

describe('a broken folder', () => {
  it.each([
    ['is empty', {}, /has no tokenizer/],
    ['lacks merges', { 'vocab.json': shapes.vocab }, /merges\.txt is missing/],
    ['has bad JSON', { 'vocab.json': '{"a": ' }, /vocab\.json is not valid JSON/],
    ['has a list for a vocabulary', { 'vocab.json': [] }, /vocab\.json is not a JSON object/],
    [
      'has an id of the wrong kind',
      { 'vocab.json': { a: '1' }, 'merges.txt': '#version' },
      /Token "a" in .*vocab\.json/,
    ],
    ['has bad merges', { 'vocab.json': {}, 'merges.txt': '#version\na b c' }, /Line 2 of .*merges\.txt/],
    [
      'has no BPE model',
      { 'tokenizer.json': { model: { vocab: {} } } },
      /tokenizer\.json has no "model" of byte-pair encoding/,
    ],
  ])('that %s is named', async (_, files, message) => {
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const failure = loadClipTokenizer(diskFolder(folder));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(CheckpointError);
  });

  it.each([
    [{ model_max_length: 'long' }, /"model_max_length"/],
    [{ pad_token: 7 }, /"pad_token"/],
    [{ pad_token: '<pad>' }, /no "<pad>"/],
  ])('with the configuration %j is named', async (config, message) => {
    await writeShapes();
    await write('tokenizer_config.json', config);
    await expect(loadClipTokenizer(diskFolder(folder))).rejects.toThrow(message);
  });

  it('with a folder in place of a file is named', async () => {
    await mkdir(join(folder, 'vocab.json'));
    await expect(loadClipTokenizer(diskFolder(folder))).rejects.toThrow(/vocab\.json cannot be read/);
  });
});
