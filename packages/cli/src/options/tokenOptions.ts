import { Option } from '@commander-js/extra-typings';
import { collectWords, parseIndices } from './parsers.ts';

/** `--target-index`, of commands that make one edit. */
export function targetIndexOption() {
  return new Option(
    '--target-index <list>',
    "token positions for the mask, such as 4,8, or 'none'",
  ).argParser(parseIndices);
}

/** `--edit-words`, of commands that make one edit. */
export function editWordsOption() {
  return new Option(
    '--edit-words <words>',
    'words of the target prompt for the mask; repeatable, comma-separated',
  ).argParser<string[]>(collectWords);
}
