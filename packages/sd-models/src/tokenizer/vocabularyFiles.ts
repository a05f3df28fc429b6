import type { Vocabulary } from './vocabulary.ts';

/** The texts of the files that transformers' `CLIPTokenizer` reads, by name. */
export function vocabularyFiles(vocabulary: Vocabulary): Map<string, string> {
  const lines = vocabulary.merges.map((merge) => merge.join(' '));
  return new Map([
    ['vocab.json', JSON.stringify(Object.fromEntries(vocabulary.ids))],
    ['merges.txt', `#version: 0.2\n${lines.join('\n')}\n`],
    ...tokenizerSettings(vocabulary),
  ]);
}

/** Those of them that say which tokens are special and how long an encoding is, without which transformers guesses. */
export function tokenizerSettings({ special, maxLength }: Vocabulary): Map<string, string> {
  const tokens = {
    bos_token: special.start,
    eos_token: special.end,
    unk_token: special.unknown,
    pad_token: special.padding,
  };
  const config = {
    add_prefix_space: false,
    ...tokens,
    do_lower_case: true,
    errors: 'replace',
    model_max_length: maxLength,
    tokenizer_class: 'CLIPTokenizer',
  };
  return new Map([
    ['special_tokens_map.json', `${JSON.stringify(tokens, null, 2)}\n`],
    ['tokenizer_config.json', `${JSON.stringify(config, null, 2)}\n`],
  ]);
}
