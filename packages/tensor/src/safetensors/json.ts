// serde_json, the reference's parser, refuses a 128th level.
const MAX_DEPTH = 127;
// Longest decimal of a u64.
const MAX_U64_DIGITS = 20;
const MAX_U64 = 2n ** 64n - 1n;

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * A pull parser of RFC 8259 JSON that keeps what JSON.parse loses: duplicate keys, the difference between 2 and
 * 2.0, integers up to 2^64, and keys such as `__proto__`. Values nobody asks for are checked but not stored.
 *
 * Scans by character code, not by regular expression: a header may be 100 MB, where backtracking would overflow.
 */
export class JsonReader {
  private readonly text: string;
  private readonly error: (reason: string) => Error;
  private at = 0;
  private depth = 0;

  /** @param error makes the error to throw from a reason */
  constructor(text: string, error: (reason: string) => Error) {
    this.text = text;
    this.error = error;
  }

  /** Reads an object; `onMember` must consume the value that follows each key. */
  object(onMember: (key: string) => void): void {
    this.container('{', '}', () => {
      const key = this.string();
      this.expect(':');
      onMember(key);
    });
  }

  /** Reads an array; `onItem` must consume one value. */
  array(onItem: () => void): void {
    this.container('[', ']', onItem);
  }

  string(): string {
    this.expect('"');
    const text = this.text;
    let out = '';
    let start = this.at;
    for (;;) {
      const char = text[this.at];
      if (char === undefined || char < ' ') throw this.fail('unterminated string or control character in it');
      if (char === '"' || char === '\\') {
        out += text.slice(start, this.at++);
        if (char === '"') return out;
        out += this.escape();
        start = this.at;
      } else {
        this.at++;
      }
    }
  }

  /** Reads an integer from 0 to 2^64 - 1, written without sign, fraction or exponent. */
  unsigned(): bigint {
    const digits = this.number();
    const value = digits.length <= MAX_U64_DIGITS && /^\d+$/.test(digits) ? BigInt(digits) : -1n;
    if (value < 0n || value > MAX_U64) {
      throw this.fail(`expected an unsigned 64-bit integer, found ${digits.slice(0, 40)}`);
    }
    return value;
  }

  /** Consumes `null` if it comes next. */
  tryNull(): boolean {
    if (this.peek() !== 'n') return false;
    this.literal('null');
    return true;
  }

  /** Checks and drops one value of any kind. */
  skip(): void {
    const char = this.peek();
    if (char === '{') this.object(() => this.skip());
    else if (char === '[') this.array(() => this.skip());
    else if (char === '"') this.string();
    else if (char === 't') this.literal('true');
    else if (char === 'f') this.literal('false');
    else if (char === 'n') this.literal('null');
    else this.number();
  }

  /** Requires that nothing but white space is left. */
  end(): void {
    if (this.peek() !== undefined) throw this.fail('trailing characters after the JSON object');
  }

  private container(open: string, close: string, onItem: () => void): void {
    this.expect(open);
    if (++this.depth > MAX_DEPTH) throw this.fail(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.peek() !== close) {
      onItem();
      while (this.peek() === ',') {
        this.at++;
        onItem();
      }
    }
    this.expect(close);
    this.depth--;
  }

  /** The text of the next number, checked against JSON's grammar and the range of a double. */
  private number(): string {
    this.peek();
    const start = this.at;
    if (this.text[this.at] === '-') this.at++;
    if (this.text[this.at] === '0') this.at++;
    else this.digits();
    if (this.text[this.at] === '.') {
      this.at++;
      this.digits();
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at++;
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++;
      this.digits();
    }
    const digits = this.text.slice(start, this.at);
    if (!Number.isFinite(Number(digits))) throw this.fail('number out of range');
    return digits;
  }

  private digits(): void {
    const start = this.at;
    while (isDigit(this.text[this.at])) this.at++;
    if (this.at === start) throw this.fail('expected a value or a digit');
  }

  private escape(): string {
    const char = this.text[this.at++] ?? '';
    if (char !== 'u') {
      const simple = SIMPLE_ESCAPES.get(char);
      if (simple === undefined) throw this.fail('invalid escape in a string');
      return simple;
    }
    const unit = this.hex4();
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    const paired = unit < 0xdc00 && this.text.startsWith('\\u', this.at);
    if (!paired) throw this.fail('lone surrogate in a string');
    this.at += 2;
    const low = this.hex4();
    if (low < 0xdc00 || low > 0xdfff) throw this.fail('lone surrogate in a string');
    return String.fromCharCode(unit, low);
  }

  private hex4(): number {
    const hex = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.fail('invalid \\u escape in a string');
    this.at += 4;
    return Number.parseInt(hex, 16);
  }

  private literal(word: string): void {
    if (!this.text.startsWith(word, this.at)) throw this.fail(`expected ${word}`);
    this.at += word.length;
  }

  private expect(char: string): void {
    const found = this.peek();
    if (found !== char) throw this.fail(`expected ${char}, found ${found ?? 'the end'}`);
    this.at++;
  }

  /** The next character that is not white space, as JSON defines it; undefined at the end. */
  private peek(): string | undefined {
    for (;;) {
      const char = this.text[this.at];
      if (char !== ' ' && char !== '\n' && char !== '\r' && char !== '\t') return char;
      this.at++;
    }
  }

  private fail(reason: string): Error {
    return this.error(`${reason} (character ${this.at} of the header)`);
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}
