import type { AlignedText } from '../alignedText.ts';
import { isBad } from './badness.ts';
import { decodeUtf8, ENCODINGS, encodeSingleByte, type SingleByteEncoding } from './bytes.ts';
import { CHARMAPS, UTF8_CLUES } from './tables.ts';

/** UTF-8 in which a program took the byte 0xa0 for a space, where the character so formed is a likely one. */
const ALTERED_UTF8 =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf][\x80-\xbf]|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf][\x80-\xbf] /g;

/** "à" as a separate word, except the Portuguese contractions. */
const A_GRAVE_WORD = /\xc3 (?! |quele|quela|quilo|s )/g;

/** UTF-8 and CESU-8 sequences with bytes lost to U+FFFD (0x1a here) or to a question mark. */
const LOSSY_UTF8 = new RegExp(
  [
    '[\\xc2-\\xdf]\\x1a',
    '[\\xc2-\\xc3]\\?',
    '\\xed[\\xa0-\\xaf][\\x1a?]\\xed[\\xb0-\\xbf][\\x1a?\\x80-\\xbf]',
    '\\xed[\\xa0-\\xaf][\\x1a?\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x1a?]',
    '[\\xe0-\\xef][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xe0-\\xef][\\x1a\\x80-\\xbf][\\x1a?]',
    '[\\xf0-\\xf4][\\x1a?][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf]',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a?][\\x1a\\x80-\\xbf]',
    '[\\xf0-\\xf4][\\x1a\\x80-\\xbf][\\x1a\\x80-\\xbf][\\x1a?]',
    '\\x1a',
  ].join('|'),
  'g',
);

const REPLACEMENT_CHARACTER_UTF8 = '\xef\xbf\xbd';

const EMBEDDED_UTF8 = new RegExp(
  `(?<![${UTF8_CLUES.utf8ContinuationStrict}])(?:` +
    `[${UTF8_CLUES.utf8FirstOf2}][${UTF8_CLUES.utf8Continuation}]|` +
    `[${UTF8_CLUES.utf8FirstOf3}][${UTF8_CLUES.utf8Continuation}]{2}|` +
    `[${UTF8_CLUES.utf8FirstOf4}][${UTF8_CLUES.utf8Continuation}]{3})+`,
  'gu',
);

/**
 * Undoes mojibake, text that was decoded in a wrong encoding, as ftfy's `fix_encoding`: over and over until nothing
 * changes, since text may have been through it more than once.
 */
export function fixEncoding(text: AlignedText): AlignedText {
  const fixed = fixEncodingOnce(text);
  return fixed.text === text.text ? text : fixEncoding(fixed);
}

function fixEncodingOnce(text: AlignedText): AlignedText {
  if (!isBad(text.text)) return text;
  for (const encoding of ENCODINGS) {
    const fixed = redecode(text, encoding);
    if (fixed !== undefined) return fixed;
  }
  const embedded = decodeInconsistentUtf8(text);
  return embedded.text === text.text ? fixC1Controls(text) : embedded;
}

/** Reads the text's bytes in a single-byte encoding as UTF-8, if that is possible. */
function redecode(text: AlignedText, encoding: SingleByteEncoding): AlignedText | undefined {
  let bytes = encodeSingleByte(text, encoding);
  if (bytes === undefined) return undefined;
  // In MacRoman it would take an en dash and a space for a damaged character.
  if (encoding !== 'macroman') bytes = restoreByteA0(bytes);
  if (encoding.startsWith('sloppy-')) bytes = bytes.replace(LOSSY_UTF8, () => REPLACEMENT_CHARACTER_UTF8);
  return decodeUtf8(bytes);
}

function restoreByteA0(bytes: AlignedText): AlignedText {
  if (bytes.text.search(ALTERED_UTF8) < 0) return bytes;
  return bytes
    .replace(A_GRAVE_WORD, () => '\xc3\xa0 ')
    .replace(ALTERED_UTF8, (match) => match.withText(match.text.replaceAll(' ', '\xa0')));
}

/** Fixes parts that are mojibake in a text that is not mojibake as a whole. */
function decodeInconsistentUtf8(text: AlignedText): AlignedText {
  return text.replace(EMBEDDED_UTF8, (match) =>
    match.length < text.length && isBad(match.text) ? fixEncoding(match) : match,
  );
}

/** Reads C1 control characters as Windows-1252 does, as web browsers do. */
export function fixC1Controls(text: AlignedText): AlignedText {
  return text.replace(/[\x80-\x9f]/g, (match) =>
    match.withText(CHARMAPS['sloppy-windows-1252'].charAt(match.text.charCodeAt(0) - 0x80)),
  );
}
