import { CheckpointError } from '../checkpointError.ts';
import type { AddedToken } from './addedTokens.ts';
import { AlignedText, type Span } from './alignedText.ts';
import { BytePairEncoder } from './bpe.ts';
import { BYTE_CHARACTERS } from './byteAlphabet.ts';
import { CLEANINGS, type Cleaning } from './clean.ts';
import { type AddedTokenSplitter, addedTokenSplitters } from './splitAddedTokens.ts';
import type { Vocabulary } from './vocabulary.ts';
import { WORDS } from './words.ts';

const CLIP_SPECIAL = new Set(['<|startoftext|>', '<|endoftext|>']);

/** A token of a prompt, and the characters of the prompt that it stands for. */
export interface Token extends Span {
  readonly id: number;
  /** As the vocabulary spells it: characters of the byte alphabet, `</w>` where a word ends. */
  readonly text: string;
}

/** A prompt as a text encoder takes it; all arrays are as long as the tokenizer's `maxLength`. */
export interface Encoding {
  /** Start, tokens, end, padding. */
  readonly ids: Int32Array;
  /** 1 for start, tokens and end, 0 for padding. Stable Diffusion ignores it. */
  readonly attentionMask: Uint8Array;
  /** Where in the prompt each token stands; `null` for start, end and padding. */
  readonly offsets: readonly (Span | null)[];
  /** The end of the prompt that did not fit; null if all of it did. */
  readonly truncated: Span | null;
}

/**
 * CLIP's byte-pair tokenizer, for its own vocabulary and any other in the same files.
 *
 * Offsets are UTF-16 ranges of the prompt as it was given, [start, end). What cleaning rewrote maps to all that it was
 * made from (an entity, a ligature, a letter and its accents); tokens of the same character share its range; characters
 * that cleaning dropped belong to a token only where they stand within it.
 */
export class ClipTokenizer {
  readonly maxLength: number;
  readonly startId: number;
  readonly endId: number;
  readonly paddingId: number;
  /** Ids that it can give, counted from 0: the rows that a text encoder needs. */
  readonly vocabularySize: number;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly unknownId: number;
  private readonly bpe: BytePairEncoder;
  /** Finds the added tokens that stand in the text as it is given, and those that stand in the cleaned one. */
  private readonly verbatim: AddedTokenSplitter;
  private readonly normalized: AddedTokenSplitter;

  /**
   * @param cleaning how prompts are cleaned. `original` also pads with 0 and refuses long prompts, as `clip.tokenize`.
   * @throws CheckpointError if the vocabulary lacks a special token
   */
  constructor(
    vocabulary: Vocabulary,
    private readonly cleaning: Cleaning = 'slow',
  ) {
    const { special, added = [] } = vocabulary;
    this.ids = new Map([...vocabulary.ids, ...added.map(({ content, id }) => [content, id] as const)]);
    this.vocabularySize = 1 + [...this.ids.values()].reduce((largest, id) => Math.max(largest, id), -1);
    this.maxLength = vocabulary.maxLength;
    this.startId = this.specialId(special.start);
    this.endId = this.specialId(special.end);
    this.unknownId = this.specialId(special.unknown);
    this.paddingId = cleaning === 'original' ? 0 : this.specialId(special.padding);
    this.bpe = new BytePairEncoder(vocabulary.merges);
    const isKnown = new Set(added.map(({ content }) => content));
    const specials = [...new Set(Object.values(special))].filter((content) => !isKnown.has(content));
    const all = [...specials.map((content) => specialToken(content, this.specialId(content))), ...added];
    const [verbatim, normalized] = addedTokenSplitters(all, cleaning);
    this.verbatim = verbatim;
    this.normalized = normalized;
  }

  /** All tokens of a text, without start, end and limit of length. */
  tokenize(text: string): Token[] {
    return this.verbatim
      .split(AlignedText.of(text))
      .flatMap((piece) =>
        piece.token ? [tokenOf(piece.token, piece.text)] : this.tokenizePlain(piece.text),
      );
  }

  /**
   * A prompt at its full length: start, tokens, end, padding. Longer prompts lose their last tokens; `truncated` says
   * which part of the text that is.
   * @throws RangeError for a prompt that is too long, with the `original` cleaning only.
   */
  encode(text: string): Encoding {
    const tokens = this.tokenize(text);
    const room = this.maxLength - 2;
    if (tokens.length > room && this.cleaning === 'original') {
      throw new RangeError(
        `The text "${text.slice(0, 40)}..." has ${tokens.length} tokens and CLIP takes ${room}; shorten it.`,
      );
    }
    const [first, last] = [tokens[room], tokens.at(-1)];
    const truncated = first && last ? { start: first.start, end: last.end } : null;
    return { ...this.frame(tokens.slice(0, room)), truncated };
  }

  /** The words at the end of a prompt that `encode` drops; null if it drops none. */
  unreadWords(text: string): string | null {
    const { truncated } = this.encode(text);
    return truncated && text.slice(truncated.start, truncated.end);
  }

  /**
   * Prompts of any length: each cut into chunks of `maxLength` - 2 tokens that are encoded as prompts of their own. All
   * have as many chunks as the longest needs; the last ones of shorter prompts are empty prompts.
   *
   * Reference: `lpw_stable_diffusion` of diffusers' community pipelines, without weights, and for other padding tokens
   * than the end token, where that pads before the end token, AUTOMATIC1111's web UI.
   */
  encodeChunks(texts: readonly string[]): Encoding[][] {
    const prompts = texts.map((text) => this.tokenize(text));
    const room = this.maxLength - 2;
    const count = Math.max(1, ...prompts.map((tokens) => Math.ceil(tokens.length / room)));
    return prompts.map((tokens) =>
      Array.from({ length: count }, (_, i) => this.frame(tokens.slice(i * room, (i + 1) * room))),
    );
  }

  /** @param tokens as many as fit */
  private frame(tokens: readonly Token[]): Encoding {
    const ids = new Int32Array(this.maxLength).fill(this.paddingId);
    ids.set([this.startId, ...tokens.map(({ id }) => id), this.endId]);
    const offsets = new Array<Span | null>(this.maxLength).fill(null);
    offsets.splice(1, tokens.length, ...tokens.map(({ start, end }) => ({ start, end })));
    const attentionMask = new Uint8Array(this.maxLength).fill(1, 0, tokens.length + 2);
    return { ids, attentionMask, offsets, truncated: null };
  }

  private tokenizePlain(text: AlignedText): Token[] {
    return this.normalized
      .split(CLEANINGS[this.cleaning](text))
      .flatMap((piece) =>
        piece.token ? [tokenOf(piece.token, piece.text)] : this.tokenizeWords(piece.text),
      );
  }

  private tokenizeWords(cleaned: AlignedText): Token[] {
    return [...cleaned.text.matchAll(WORDS[this.cleaning])].flatMap(({ index, 0: word }) =>
      this.tokenizeWord(cleaned.slice(index, index + word.length)),
    );
  }

  private tokenizeWord(word: AlignedText): Token[] {
    if (CLIP_SPECIAL.has(word.text)) return [{ id: this.id(word.text), text: word.text, ...word.span() }];
    const bytes = utf8Bytes(word);
    const tokens: Token[] = [];
    let position = 0;
    for (const symbol of this.bpe.encode(bytes.text.split(''))) {
      const end = Math.min(position + symbol.length, bytes.length);
      tokens.push({ id: this.id(symbol), text: symbol, ...bytes.span(position, end) });
      position = end;
    }
    return tokens;
  }

  private id(token: string): number {
    return this.ids.get(token) ?? this.unknownId;
  }

  private specialId(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) {
      throw new CheckpointError(
        `The tokenizer's vocabulary has no "${token}"; its special tokens must be in vocab.json or among the added tokens.`,
      );
    }
    return id;
  }
}

/** The word in the byte alphabet: a character of it for each byte of UTF-8. */
function utf8Bytes(word: AlignedText): AlignedText {
  const encoder = new TextEncoder();
  return word.replace(/./gsu, ({ text: character }) =>
    Array.from(encoder.encode(character), (byte) => BYTE_CHARACTERS[byte]!).join(''),
  );
}

function tokenOf({ id, content }: AddedToken, found: AlignedText): Token {
  return { id, text: content, ...found.span() };
}

function specialToken(content: string, id: number): AddedToken {
  return { content, id, lstrip: false, rstrip: false, singleWord: false, normalized: false };
}
