/**
 * JSON as Python's `json` module writes and reads it: with the bare numbers `NaN`, `Infinity` and `-Infinity`, which
 * JSON does not have, and which diffusers writes (`"lambda_min_clipped": -Infinity`).
 */

/** A text is not JSON; the message gives the place and what was found, without a full stop. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  constructor(
    problem: string,
    /** Counted from 1. */
    readonly line: number,
    /** Counted from 1, in UTF-16 code units. */
    readonly column: number,
  ) {
    super(`line ${line}, column ${column}: ${problem}`);
  }
}

/**
 * Reads JSON as Python does. Of a repeated name the last value counts, integers that a double cannot hold are rounded,
 * and a byte order mark at the start is skipped.
 * @throws JsonSyntaxError
 */
export function parsePythonJson(text: string): unknown {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return JSON.parse(content);
  } catch {
    return new Scanner(content).document();
  }
}

/**
 * Writes a value of {@link parsePythonJson} as Python's `json.dumps(value, indent=2)` lays it out, with its own
 * letters.
 */
export function formatPythonJson(value: unknown): string {
  return format(value, '\n');
}

function format(value: unknown, newLine: string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${newLine}  `;
  const items = Array.isArray(value)
    ? value.map((item: unknown) => format(item, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([name, item]) => `${JSON.stringify(name)}: ${format(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return items.length === 0
    ? `${open}${close}`
    : `${open}${inner}${items.join(`,${inner}`)}${newLine}${close}`;
}

/** As deep as Python reads by default. */
const LARGEST_DEPTH = 1000;

const WHITE_SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])/y;
const WORD = /-?[A-Za-z]+(?!\w)/y;
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Reads a text that `JSON.parse` refused: what Python reads too, or else the place of the mistake. */
class Scanner {
  private position = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  document(): unknown {
    const value = this.value('a value');
    if (this.position < this.text.length) throw this.unexpected('the end of the file');
    return value;
  }

  /** A value with the white space around it. */
  private value(expected: string): unknown {
    this.take(WHITE_SPACE);
    const value = this.bareValue(expected);
    this.take(WHITE_SPACE);
    return value;
  }

  private bareValue(expected: string): unknown {
    const next = this.text[this.position];
    if (next === '{') return this.nested(() => this.object());
    if (next === '[') return this.nested(() => this.array());
    if (next === '"') return this.string(expected);
    const start = this.position;
    const word = this.take(WORD);
    if (word !== undefined && WORDS.has(word)) return WORDS.get(word);
    this.position = start;
    const number = this.take(NUMBER);
    if (number !== undefined) return Number(number);
    throw this.unexpected(expected);
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > LARGEST_DEPTH) throw this.unexpected(`at most ${LARGEST_DEPTH} levels of nesting`);
    this.position++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): unknown {
    const entries: [string, unknown][] = [];
    this.take(WHITE_SPACE);
    if (this.skip('}')) return {};
    do {
      this.take(WHITE_SPACE);
      const name = this.string('a name in double quotes');
      this.take(WHITE_SPACE);
      if (!this.skip(':')) throw this.unexpected('":"');
      entries.push([name, this.value('a value')]);
    } while (this.skip(','));
    if (!this.skip('}')) throw this.unexpected('"," or "}"');
    return Object.fromEntries(entries);
  }

  private array(): unknown {
    const items: unknown[] = [];
    this.take(WHITE_SPACE);
    if (this.skip(']')) return items;
    do items.push(this.value('a value'));
    while (this.skip(','));
    if (!this.skip(']')) throw this.unexpected('"," or "]"');
    return items;
  }

  private string(expected: string): string {
    const start = this.position;
    const quoted = this.take(STRING);
    if (quoted !== undefined) return JSON.parse(quoted) as string;
    this.position = start;
    throw this.unexpected(this.text[start] === '"' ? 'a string of one line that ends in a quote' : expected);
  }

  private skip(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  /** What a sticky pattern matches here; moves behind it. */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const [matched] = pattern.exec(this.text) ?? [];
    this.position += matched?.length ?? 0;
    return matched;
  }

  private unexpected(expected: string): JsonSyntaxError {
    const before = this.text.slice(0, this.position).split(/\r\n|\r|\n/);
    const [found] = this.text.slice(this.position);
    const what = found === undefined ? 'the text ends' : `${JSON.stringify(found)} stands`;
    return new JsonSyntaxError(
      `${what} where ${expected} must be`,
      before.length,
      (before.at(-1) ?? '').length + 1,
    );
  }
}
