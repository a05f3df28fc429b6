import { crc32 } from './crc32.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, type and checksum of a chunk. */
const OVERHEAD = 12;
/** Latin letters, without blanks at the ends; section 11.3.3.1 of the PNG specification. */
const KEYWORD = /^[\x21-\x7e](?:[\x20-\x7e]{0,77}[\x21-\x7e])?$/;

/** A chunk of a PNG file. */
interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** Where it begins in the file. */
  readonly start: number;
}

/**
 * The text that a PNG file has under a keyword, in a chunk tEXt or iTXt (PNG specification, section 11.3.3); null if
 * it has none. Compressed texts are not read.
 *
 * @throws Error if the bytes are not a PNG file
 */
export function readPngText(png: Uint8Array, keyword: string): string | null {
  for (const chunk of chunksOf(png)) {
    const text = textOf(chunk, keyword);
    if (text !== null) return text;
  }
  return null;
}

/**
 * The same PNG file with a text in a chunk iTXt, in UTF-8, before the pixels. A text that it has under that keyword
 * is replaced.
 *
 * @param keyword 1 to 79 printable ASCII characters
 * @throws Error if the bytes are not a PNG file; RangeError for another keyword
 */
export function withPngText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  if (!KEYWORD.test(keyword))
    throw new RangeError(`a PNG keyword must be 1 to 79 printable characters, but is '${keyword}'`);
  const kept: Uint8Array[] = [png.subarray(0, SIGNATURE.length)];
  for (const chunk of chunksOf(png)) {
    if (textOf(chunk, keyword) !== null) continue;
    kept.push(png.subarray(chunk.start, chunk.start + chunk.data.length + OVERHEAD));
    if (chunk.type === 'IHDR') kept.push(internationalText(keyword, text));
  }
  return concatenated(kept);
}

function* chunksOf(png: Uint8Array): Generator<Chunk, void> {
  if (SIGNATURE.some((byte, i) => png[i] !== byte)) throw new Error('this is not a PNG file');
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  for (let start = SIGNATURE.length; start + OVERHEAD <= png.length; ) {
    const length = view.getUint32(start);
    const end = start + OVERHEAD + length;
    if (end > png.length) throw new Error('this PNG file is truncated');
    const type = latin(png.subarray(start + 4, start + 8));
    yield { type, data: png.subarray(start + 8, start + 8 + length), start };
    start = end;
  }
}

/** A chunk's text if it is one with that keyword and not compressed. */
function textOf({ type, data }: Chunk, keyword: string): string | null {
  if (type !== 'tEXt' && type !== 'iTXt') return null;
  const end = data.indexOf(0);
  if (end < 0 || latin(data.subarray(0, end)) !== keyword) return null;
  if (type === 'tEXt') return latin(data.subarray(end + 1));
  if (data[end + 1] !== 0) return null;
  const language = data.indexOf(0, end + 3);
  const translated = data.indexOf(0, language + 1);
  return language < 0 || translated < 0 ? null : new TextDecoder().decode(data.subarray(translated + 1));
}

/** A whole chunk iTXt: keyword, neither compressed nor of a language, text. */
function internationalText(keyword: string, text: string): Uint8Array {
  const encoder = new TextEncoder();
  const body = concatenated([encoder.encode(`iTXt${keyword}`), new Uint8Array(5), encoder.encode(text)]);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return chunk;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
