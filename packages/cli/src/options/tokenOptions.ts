import { Option } from '@commander-js/extra-typings';
import { PROMPT_TEXTS } from '@lusd/lusd';
import { collectWords, parseIndices } from './parsers.ts';

/** `--target-index`, of commands that make one edit. */
export function targetIndexOption() {
  const { flags, text } = PROMPT_TEXTS.targetIndex;
  return new Option(flags, text).argParser(parseIndices);
}

/** `--edit-words`, of commands that make one edit. */
export function editWordsOption() {
  const { flags, text } = PROMPT_TEXTS.editWords;
  return new Option(flags, text).argParser<string[]>(collectWords);
}
