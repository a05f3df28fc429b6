import type { AddedToken } from './addedTokens.ts';
import { AlignedText } from './alignedText.ts';
import { CLEANINGS, type Cleaning } from './clean.ts';

/** A stretch of a text: an added token, or what lies between two. */
export interface Piece {
  readonly text: AlignedText;
  /** Null for plain text. */
  readonly token: AddedToken | null;
}

/** Finds added tokens in texts: the first place at which any begins, and there the longest. */
export class AddedTokenSplitter {
  private readonly tokens: ReadonlyMap<string, AddedToken>;
  private readonly pattern: RegExp | null;

  /** @param isBoundary whether a `singleWord` token may stand next to a character */
  constructor(
    tokens: readonly AddedToken[],
    private readonly isBoundary: (character: string) => boolean,
  ) {
    this.tokens = new Map(tokens.map((token) => [token.content, token]));
    this.pattern = tokens.length === 0 ? null : alternatives([...this.tokens.keys()]);
  }

  /** All of the text in pieces, none of them empty. Reference: `PreTrainedTokenizer.tokenize` of transformers 4.46. */
  split(text: AlignedText): Piece[] {
    if (this.pattern === null) return text.length === 0 ? [] : [{ text, token: null }];
    const pieces = this.cut(text, this.pattern);
    for (const [i, { text: found, token }] of pieces.entries()) {
      if (token === null) continue;
      const [left, right] = [pieces[i - 1]?.text, pieces[i + 1]?.text];
      if (left && token.lstrip) pieces[i - 1] = { ...pieces[i - 1]!, text: left.trimEnd(isSpace) };
      if (right && token.rstrip) pieces[i + 1] = { ...pieces[i + 1]!, text: right.trimStart(isSpace) };
      if (!token.singleWord) continue;
      // Beside a word it is a part of that word.
      const neighbour = this.isWord(left?.text.at(-1))
        ? i - 1
        : this.isWord(right?.text.at(0))
          ? i + 1
          : null;
      if (neighbour === null) continue;
      const parts = [pieces[Math.min(i, neighbour)]!.text, pieces[Math.max(i, neighbour)]!.text];
      pieces[neighbour] = { text: AlignedText.concat(parts), token: null };
      pieces[i] = { text: found.slice(0, 0), token: null };
    }
    return pieces.filter((piece) => piece.text.length > 0);
  }

  private cut(text: AlignedText, pattern: RegExp): Piece[] {
    const pieces: Piece[] = [];
    let rest = 0;
    for (const { index, 0: content } of text.text.matchAll(pattern)) {
      const end = index + content.length;
      if (index > rest) pieces.push({ text: text.slice(rest, index), token: null });
      pieces.push({ text: text.slice(index, end), token: this.tokens.get(content) ?? null });
      rest = end;
    }
    return rest < text.length ? [...pieces, { text: text.slice(rest), token: null }] : pieces;
  }

  private isWord(character: string | undefined): boolean {
    return character !== undefined && !this.isBoundary(character);
  }
}

/** Python's white space: Unicode's, and four separators of ASCII. */
function isSpace(character: string): boolean {
  return /\p{White_Space}/u.test(character) || (character >= '\x1c' && character <= '\x1f');
}

/** Matches any of the texts, longer ones first. */
function alternatives(texts: readonly string[]): RegExp {
  const longestFirst = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
}

/** The splitters of a text before and after it is cleaned. */
export type AddedTokenSplitters = readonly [verbatim: AddedTokenSplitter, normalized: AddedTokenSplitter];

const NONE = new AddedTokenSplitter([], () => true);
const isSpaceCharacter = (character: string) => character === ' ';
const isNoWordCharacter = (character: string) => !/[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u.test(character);

/** Where each cleaning's tokenizer looks for added tokens; OpenAI's CLIP has none. */
export function addedTokenSplitters(tokens: readonly AddedToken[], cleaning: Cleaning): AddedTokenSplitters {
  if (cleaning === 'original') return [NONE, NONE];
  if (cleaning === 'slow') return [new AddedTokenSplitter(tokens, isSpaceCharacter), NONE];
  const cleaned = ({ content }: AddedToken) => CLEANINGS.fast(AlignedText.of(content)).text;
  const normalized = tokens.filter((token) => token.normalized);
  return [
    new AddedTokenSplitter(
      tokens.filter((token) => !token.normalized),
      isNoWordCharacter,
    ),
    new AddedTokenSplitter(
      normalized.map((token) => ({ ...token, content: cleaned(token) })),
      isNoWordCharacter,
    ),
  ];
}
