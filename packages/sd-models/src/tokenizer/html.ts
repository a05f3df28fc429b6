import type { AlignedText } from './alignedText.ts';
import { CHARMAPS } from './ftfy/tables.ts';
import { ENTITIES, LEGACY_ENTITIES } from './htmlEntities.ts';

const legacy = unpack(LEGACY_ENTITIES);
const named = new Map([...unpack(ENTITIES), ...legacy]);

function unpack(words: string): Map<string, string> {
  return new Map(
    words.split(' ').map((word): [string, string] => {
      const [name = '', codes = ''] = word.split(':');
      return [name, String.fromCodePoint(...codes.split('-').map((code) => Number.parseInt(code, 16)))];
    }),
  );
}

/** Python's `html.unescape`: every reference that HTML5 understands, also without its semicolon ("&ampx"). */
export function unescapeHtml(text: AlignedText): AlignedText {
  return text.replace(/&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu, ({ text: reference }) =>
    reference.startsWith('&#') ? unescapeNumber(reference) : unescapeName(reference),
  );
}

/**
 * ftfy's `unescape_html`: only references that end in a semicolon, but capitals too ("&EACUTE;") where their name
 * means nothing else.
 */
export function unescapeStrictHtml(text: AlignedText): AlignedText {
  return text.replace(/&#?[0-9A-Za-z]{1,24};/g, ({ text: reference }) => {
    if (!reference.startsWith('&#')) {
      const name = reference.slice(1, -1);
      return named.get(name) ?? capitals().get(name) ?? reference;
    }
    if (!/^&#(?:[0-9]+|[xX][0-9a-fA-F]+);$/.test(reference)) return reference;
    const character = unescapeNumber(reference);
    return character === ';' ? reference : character;
  });
}

let capitalNames: ReadonlyMap<string, string> | undefined;

/** Lower-case names in capitals, less those that HTML already reads, whole or in part. */
function capitals(): ReadonlyMap<string, string> {
  capitalNames ??= new Map(
    [...named]
      .filter(([name]) => name === name.toLowerCase())
      .map(([name, character]): [string, string] => [name.toUpperCase(), character.toUpperCase()])
      .filter(([name]) => unescapeName(`&${name};`) === `&${name};`),
  );
  return capitalNames;
}

function unescapeName(reference: string): string {
  const body = reference.slice(1);
  const whole = body.endsWith(';') ? named.get(body.slice(0, -1)) : legacy.get(body);
  if (whole !== undefined) return whole;
  for (let length = body.length - 1; length > 1; length--) {
    const character = legacy.get(body.slice(0, length));
    if (character !== undefined) return character + body.slice(length);
  }
  return reference;
}

/** HTML reads numbers of C1 controls as Windows-1252 and drops those of other controls and noncharacters. */
function unescapeNumber(reference: string): string {
  const hexadecimal = /^&#[xX]/.test(reference);
  const code = Number.parseInt(reference.slice(hexadecimal ? 3 : 2), hexadecimal ? 16 : 10);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return '\ufffd';
  if (code >= 0x80 && code <= 0x9f) return CHARMAPS['sloppy-windows-1252'].charAt(code - 0x80);
  return isDropped(code) ? '' : String.fromCodePoint(code);
}

function isDropped(code: number): boolean {
  const control = code < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(code);
  return control || code === 0x7f || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}
