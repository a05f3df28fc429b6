/** A half-open range of UTF-16 code units, as `String.prototype.slice` takes it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A string that knows, for each of its UTF-16 code units, the span of the source string that it came from. Cleaning
 * rewrites text through it, so that tokens can be traced back to what the user typed.
 *
 * Text put in place of a match comes from the whole match; text that is dropped belongs to no unit. Source order is
 * kept, so starts and ends never decrease.
 */
export class AlignedText {
  private constructor(
    readonly text: string,
    private readonly starts: readonly number[],
    private readonly ends: readonly number[],
  ) {}

  /** The source itself: every unit stands for itself. */
  static of(source: string): AlignedText {
    const units = Array.from({ length: source.length }, (_, i) => i);
    return new AlignedText(
      source,
      units,
      units.map((i) => i + 1),
    );
  }

  /** `text`, all of it from one span of the source. */
  static from(text: string, { start, end }: Span): AlignedText {
    return new AlignedText(
      text,
      new Array<number>(text.length).fill(start),
      new Array<number>(text.length).fill(end),
    );
  }

  static concat(parts: readonly AlignedText[]): AlignedText {
    return new AlignedText(
      parts.map((part) => part.text).join(''),
      parts.flatMap((part) => part.starts),
      parts.flatMap((part) => part.ends),
    );
  }

  get length(): number {
    return this.text.length;
  }

  slice(start: number, end = this.length): AlignedText {
    return new AlignedText(
      this.text.slice(start, end),
      this.starts.slice(start, end),
      this.ends.slice(start, end),
    );
  }

  /**
   * Where units [start, end) come from.
   * @throws RangeError if the range is empty or out of bounds.
   */
  span(start = 0, end = this.length): Span {
    const first = this.starts[start];
    const last = this.ends[end - 1];
    if (first === undefined || last === undefined || end <= start) {
      throw new RangeError(`Text range [${start}, ${end}) is empty or outside of ${this.length} code units.`);
    }
    return { start: first, end: last };
  }

  /** `String.prototype.replaceAll` for a global, non-empty pattern; matches may be rewritten with their alignment. */
  replace(pattern: RegExp, replacement: (match: AlignedText) => AlignedText | string): AlignedText {
    const parts: AlignedText[] = [];
    let rest = 0;
    for (const { index, 0: matched } of this.text.matchAll(pattern)) {
      const end = index + matched.length;
      const replaced = replacement(this.slice(index, end));
      parts.push(this.slice(rest, index));
      parts.push(typeof replaced === 'string' ? AlignedText.from(replaced, this.span(index, end)) : replaced);
      rest = end;
    }
    return parts.length === 0 ? this : AlignedText.concat([...parts, this.slice(rest)]);
  }

  /** The same alignment under another text, unit for unit. */
  withText(text: string): AlignedText {
    if (text.length !== this.length) {
      throw new RangeError(
        `A text of ${text.length} code units cannot take the alignment of ${this.length}.`,
      );
    }
    return new AlignedText(text, this.starts, this.ends);
  }

  /** Without the characters of a class at both ends. */
  trim(isTrimmed: (character: string) => boolean): AlignedText {
    return this.trimStart(isTrimmed).trimEnd(isTrimmed);
  }

  trimStart(isTrimmed: (character: string) => boolean): AlignedText {
    let start = 0;
    while (start < this.length && isTrimmed(this.text.charAt(start))) start++;
    return this.slice(start);
  }

  trimEnd(isTrimmed: (character: string) => boolean): AlignedText {
    let end = this.length;
    while (end > 0 && isTrimmed(this.text.charAt(end - 1))) end--;
    return this.slice(0, end);
  }

  /** Unicode's canonical composition; characters that compose share the span of all of them. */
  normalizeNfc(): AlignedText {
    if (this.text.normalize('NFC') === this.text) return this;
    const parts: AlignedText[] = [];
    let start = 0;
    for (const end of compositionBoundaries(this.text)) {
      const cluster = this.slice(start, end);
      const composed = cluster.text.normalize('NFC');
      parts.push(composed === cluster.text ? cluster : AlignedText.from(composed, cluster.span()));
      start = end;
    }
    return AlignedText.concat(parts);
  }
}

const MARK = /^\p{M}$/u;

/** Ends of the shortest runs that normalise independently: a character with the marks and jamo that it absorbs. */
function compositionBoundaries(text: string): number[] {
  const ends: number[] = [];
  let cluster = '';
  let position = 0;
  for (const character of text) {
    if (cluster !== '' && !joins(cluster, character)) {
      ends.push(position);
      cluster = '';
    }
    cluster += character;
    position += character.length;
  }
  return [...ends, position];
}

function joins(cluster: string, character: string): boolean {
  if (MARK.test(character)) return true;
  return (cluster + character).normalize('NFC') !== cluster.normalize('NFC') + character.normalize('NFC');
}
