import { CheckpointError } from '../checkpointError.ts';
import { AlignedText, type Span } from './alignedText.ts';
import { BytePairEncoder } from './bpe.ts';
import { BYTE_CHARACTERS } from './byteAlphabet.ts';
import { CLEANINGS, type Cleaning } from './clean.ts';
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
  private readonly unknownId: number;
  private readonly bpe: BytePairEncoder;
  private readonly specialPattern: RegExp;

  /**
   * @param cleaning how prompts are cleaned. `original` also pads with 0 and refuses long prompts, as `clip.tokenize`.
   * @throws CheckpointError where the vocabulary lacks a special token
   */
  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly cleaning: Cleaning = 'slow',
  ) {
    const { special } = vocabulary;
    this.maxLength = vocabulary.maxLength;
    this.startId = this.specialId(special.start);
    this.endId = this.specialId(special.end);
    this.unknownId = this.specialId(special.unknown);
    this.paddingId = cleaning === 'original' ? 0 : this.specialId(special.padding);
    this.bpe = new BytePairEncoder(vocabulary.merges);
    this.specialPattern = alternatives(new Set(Object.values(special)));
  }

  /** All tokens of a text, without start, end and limit of length. */
  tokenize(text: string): Token[] {
    const aligned = AlignedText.of(text);
    if (this.cleaning === 'original') return this.tokenizePlain(aligned);
    // transformers takes special tokens out of the text before it cleans the rest.
    const tokens: Token[] = [];
    let rest = 0;
    for (const { index, 0: special } of text.matchAll(this.specialPattern)) {
      const end = index + special.length;
      tokens.push(...this.tokenizePlain(aligned.slice(rest, index)));
      tokens.push({ id: this.specialId(special), text: special, start: index, end });
      rest = end;
    }
    return [...tokens, ...this.tokenizePlain(aligned.slice(rest))];
  }

  /**
   * A prompt at its full length: start, tokens, end, padding. Longer prompts lose their last tokens.
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
    const kept = tokens.slice(0, room);
    const ids = new Int32Array(this.maxLength).fill(this.paddingId);
    ids.set([this.startId, ...kept.map(({ id }) => id), this.endId]);
    const offsets = new Array<Span | null>(this.maxLength).fill(null);
    offsets.splice(1, kept.length, ...kept.map(({ start, end }) => ({ start, end })));
    return { ids, attentionMask: new Uint8Array(this.maxLength).fill(1, 0, kept.length + 2), offsets };
  }

  private tokenizePlain(text: AlignedText): Token[] {
    const cleaned = CLEANINGS[this.cleaning](text);
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
    return this.vocabulary.ids.get(token) ?? this.unknownId;
  }

  private specialId(token: string): number {
    const id = this.vocabulary.ids.get(token);
    if (id === undefined) {
      throw new CheckpointError(
        `The tokenizer's vocabulary has no "${token}"; its special tokens must be in vocab.json.`,
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

/** Matches any of the texts, longer ones first. */
function alternatives(texts: ReadonlySet<string>): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
}
