import type { Vocabulary } from './vocabulary.ts';

/** The texts of the files that transformers' `CLIPTokenizer` reads, by name. */
export function vocabularyFiles({ ids, merges, special, maxLength }: Vocabulary): Map<string, string> {
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
  const lines = merges.map((merge) => merge.join(' '));
  return new Map([
    ['vocab.json', JSON.stringify(Object.fromEntries(ids))],
    ['merges.txt', `#version: 0.2\n${lines.join('\n')}\n`],
    ['special_tokens_map.json', `${JSON.stringify(tokens, null, 2)}\n`],
    ['tokenizer_config.json', `${JSON.stringify(config, null, 2)}\n`],
  ]);
}
