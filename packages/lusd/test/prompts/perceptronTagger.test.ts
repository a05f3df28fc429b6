import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPerceptronModel } from '../../src/node/perceptronModel.ts';
import { perceptronTagger } from '../../src/prompts/perceptronTagger.ts';
import { readJson } from './recordedPrompts.ts';

const modelFolder = fileURLToPath(new URL('../golden/perceptron', import.meta.url));
const tagged = readJson<[word: string, tag: string][][]>('../golden/perceptron/tagged.json');

describe("NLTK's tags from a model that NLTK trained", async () => {
  const tagger = perceptronTagger(await loadPerceptronModel(modelFolder));

  test.each(tagged.map((sentence) => ({ sentence, text: sentence.map(([word]) => word).join(' ') })))(
    '"$text"',
    ({ sentence }) => {
      expect(tagger(sentence.map(([word]) => word))).toEqual(sentence.map(([, tag]) => tag));
    },
  );
});

test('equal scores go to the tag that is last in the alphabet', () => {
  const weights = new Map([['bias', new Map([['VB', -1]])]]);
  const tag = (classes: string[]) => perceptronTagger({ weights, tagdict: new Map(), classes })(['x']);
  expect(tag(['NN', 'JJ', 'VB'])).toEqual(['NN']);
  expect(tag(['JJ', 'NN', 'VB'])).toEqual(['NN']);
});

test("numbers and hyphenated words are told apart by NLTK's names for them", () => {
  const weights = new Map([
    ['i word !YEAR', new Map([['YEAR', 1]])],
    ['i word !DIGITS', new Map([['DIGITS', 1]])],
    ['i word !HYPHEN', new Map([['HYPHEN', 1]])],
    ['i word -b', new Map([['PLAIN', 1]])],
  ]);
  const classes = ['YEAR', 'DIGITS', 'HYPHEN', 'PLAIN', 'ZERO_SCORE'];
  const tagger = perceptronTagger({ weights, tagdict: new Map(), classes });
  const tags = {
    '2024': 'YEAR',
    '24': 'DIGITS',
    '20245': 'DIGITS',
    '3rd': 'DIGITS',
    'a-b': 'HYPHEN',
    '-B': 'PLAIN',
  };
  expect(tagger(Object.keys(tags))).toEqual(Object.values(tags));
});

describe('a damaged model', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lusd-tagger-'));
    await cp(modelFolder, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ['weights', '{"bias": {"NN": "1"}}'],
    ['weights', '[]'],
    ['tagdict', '{"a": 1}'],
    ['classes', '[]'],
    ['classes', '{"NN": 1}'],
    ['classes', '["NN"'],
  ])('%s holding %s is refused', async (part, text) => {
    await writeFile(join(folder, `averaged_perceptron_tagger_eng.${part}.json`), text);
    await expect(loadPerceptronModel(folder)).rejects.toThrow(`is not NLTK's ${part} file`);
  });

  test('without a file is refused', async () => {
    await rm(join(folder, 'averaged_perceptron_tagger_eng.tagdict.json'));
    await expect(loadPerceptronModel(folder)).rejects.toThrow(/cannot read .*tagdict\.json; unpack/);
  });
});
