import { AlignedText } from '../alignedText.ts';
import { CHARMAPS } from './tables.ts';

export type SingleByteEncoding = keyof typeof CHARMAPS;

/** In the order in which ftfy tries them. */
export const ENCODINGS = Object.keys(CHARMAPS) as SingleByteEncoding[];

const ENCODERS = new Map(ENCODINGS.map((encoding) => [encoding, encoder(encoding)]));

/** Character to byte. The sloppy encodings take U+FFFD for byte 0x1a, which then stands for no other character. */
function encoder(encoding: SingleByteEncoding): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (let byte = 0; byte < 0x80; byte++) table.set(String.fromCharCode(byte), String.fromCharCode(byte));
  for (const [i, character] of [...CHARMAPS[encoding]].entries()) {
    table.set(character, String.fromCharCode(0x80 + i));
  }
  if (encoding.startsWith('sloppy-')) {
    table.delete('\x1a');
    table.set('\ufffd', '\x1a');
  }
  return table;
}

/** The text's bytes, a unit of 0 to 255 for each, or `undefined` where the encoding lacks a character. */
export function encodeSingleByte(text: AlignedText, encoding: SingleByteEncoding): AlignedText | undefined {
  const table = ENCODERS.get(encoding)!;
  let bytes = '';
  for (const unit of text.text.split('')) {
    const byte = table.get(unit);
    if (byte === undefined) return undefined;
    bytes += byte;
  }
  return text.withText(bytes);
}

const UTF8_SEQUENCE = new RegExp(
  [
    '[\\x00-\\x7f]',
    '[\\xc2-\\xdf][\\x80-\\xbf]',
    '\\xe0[\\xa0-\\xbf][\\x80-\\xbf]',
    '[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}',
    '\\xed[\\x80-\\x9f][\\x80-\\xbf]',
    '\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}',
    '[\\xf1-\\xf3][\\x80-\\xbf]{3}',
    '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}',
    // Java's two-byte zero, and CESU-8: a surrogate pair in which each half is encoded for itself.
    '\\xc0\\x80',
    '\\xed[\\xa0-\\xaf][\\x80-\\xbf]\\xed[\\xb0-\\xbf][\\x80-\\xbf]',
  ].join('|'),
  'y',
);

/** Strict UTF-8, with CESU-8 and Java's zero allowed; `undefined` for anything else. */
export function decodeUtf8(bytes: AlignedText): AlignedText | undefined {
  const characters: AlignedText[] = [];
  for (let start = 0; start < bytes.length; ) {
    UTF8_SEQUENCE.lastIndex = start;
    const sequence = UTF8_SEQUENCE.exec(bytes.text)?.[0];
    if (sequence === undefined) return undefined;
    const end = start + sequence.length;
    characters.push(AlignedText.from(decodeSequence(sequence), bytes.span(start, end)));
    start = end;
  }
  return AlignedText.concat(characters);
}

function decodeSequence(sequence: string): string {
  if (sequence.length === 6) return decodeSequence(sequence.slice(0, 3)) + decodeSequence(sequence.slice(3));
  const [lead = 0, ...continuation] = sequence.split('').map((unit) => unit.charCodeAt(0));
  const leadBits = continuation.length === 0 ? 0x7f : 0x3f >> continuation.length;
  return String.fromCodePoint(
    continuation.reduce((code, byte) => (code << 6) | (byte & 0x3f), lead & leadBits),
  );
}
