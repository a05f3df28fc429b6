import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ClipTokenizer } from '../../src/tokenizer/clipTokenizer.ts';
import { defaultClipTokenizer } from '../../src/tokenizer/defaultClipTokenizer.ts';
import { clipVocabulary, readGzipped } from './clipVocabulary.ts';

interface Row {
  readonly text: string;
  readonly slow: number[];
}

const idsOf = (tokenizer: ClipTokenizer, text: string) => tokenizer.tokenize(text).map(({ id }) => id);

describe('the tokenizer that ships with the package', () => {
  it("gives the ids of transformers' CLIPTokenizer on 1,000 strings", async () => {
    const tokenizer = await defaultClipTokenizer('sd1');
    const rows = JSON.parse(readGzipped('../golden/tokenizer/clip_strings.json.gz')) as Row[];
    expect(rows.filter(({ text, slow }) => idsOf(tokenizer, text).join() !== slow.join())).toEqual([]);
  });

  it('encodes a prompt as the released vocabulary does', async () => {
    const shipped = await defaultClipTokenizer('sd1', 'original');
    const released = new ClipTokenizer(clipVocabulary(), 'original');
    expect(shipped.encode('a glass of lemon tea')).toEqual(released.encode('a glass of lemon tea'));
    expect(shipped.vocabularySize).toBe(49408);
  });

  it("pads with the end token for Stable Diffusion 1 and with '!' for 2, which is then special", async () => {
    const [sd1, sd2] = await Promise.all([defaultClipTokenizer('sd1'), defaultClipTokenizer('sd2')]);
    expect([...sd1.encode('a').ids.slice(0, 5)]).toEqual([49406, 320, 49407, 49407, 49407]);
    expect([...sd2.encode('a').ids.slice(0, 5)]).toEqual([49406, 320, 49407, 0, 0]);
    const rows = JSON.parse(readGzipped('../golden/tokenizer/sd2_strings.json.gz')) as Row[];
    for (const { text, slow } of rows) expect(idsOf(sd2, text)).toEqual(slow);
  });

  it('asks nothing of Node', () => {
    for (const name of ['defaultClipTokenizer', 'clipMerges']) {
      const code = readFileSync(new URL(`../../src/tokenizer/${name}.ts`, import.meta.url), 'utf8');
      expect(code).not.toMatch(/node:|Buffer|process\./);
    }
  });
});
