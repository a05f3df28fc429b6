import { AlignedText } from '../alignedText.ts';
import { unescapeStrictHtml } from '../html.ts';
import { fixC1Controls, fixEncoding } from './encoding.ts';
import { LIGATURES } from './tables.ts';

const LIGATURE = new RegExp(`[${[...LIGATURES.keys()].join('')}]`, 'g');
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for.
const TERMINAL_ESCAPE = /\x1b\[[\d;]*[a-zA-Z]/g;
const CONTROL_CHARACTER = /(?![\t\n\f\r])[^\P{Cc}\x80-\x9f]|[\u206a-\u206f\ufeff\ufff9-\ufffc]/gu;

/**
 * ftfy 6.3's `fix_text` with its default options, and where each character came from. It works line by line; HTML
 * entities are read up to the first line with a "<" in it. (ftfy also breaks lines of over a million characters;
 * this does not.)
 */
export function fixText(text: AlignedText): AlignedText {
  const lines: AlignedText[] = [];
  let readsHtml = true;
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.text.indexOf('\n', start);
    const end = lineBreak < 0 ? text.length : lineBreak + 1;
    const line = text.slice(start, end);
    readsHtml &&= !line.text.includes('<');
    lines.push(fixLine(line, readsHtml));
    start = end;
  }
  return AlignedText.concat(lines);
}

function fixLine(line: AlignedText, readsHtml: boolean): AlignedText {
  const unescaped = readsHtml ? unescapeStrictHtml(line) : line;
  const fixed = fixCharacters(fixC1Controls(fixEncoding(unescaped)));
  return fixed.text === line.text ? line : fixLine(fixed, readsHtml);
}

function fixCharacters(text: AlignedText): AlignedText {
  return text
    .replace(LIGATURE, ({ text: ligature }) => LIGATURES.get(ligature)!)
    .replace(/[\u3000\uff01-\uffef]/g, ({ text: wide }) => wide.normalize('NFKC'))
    .replace(/[\u201c-\u201f]/g, () => '"')
    .replace(/[\u02bc\u2018-\u201b]/g, () => "'")
    .replace(/\r\n|[\r\u2028\u2029\x85]/g, () => '\n')
    .replace(/\p{Surrogate}/gu, () => '\ufffd')
    .replace(TERMINAL_ESCAPE, () => '')
    .replace(CONTROL_CHARACTER, () => '')
    .normalizeNfc();
}
