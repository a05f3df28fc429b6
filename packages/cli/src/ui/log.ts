import { describeError } from './errors.ts';

/** Where a command writes: results to stdout, messages to stderr. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export interface LogOptions extends Streams {
  /** One JSON object a line on stdout, for machines; stderr then stays empty. */
  readonly json: boolean;
  readonly colour: boolean;
  readonly debug: boolean;
}

const RED = 31;
const YELLOW = 33;
const CLEAR_LINE = '\r\x1b[K';

/** A command's messages: sentences for people, events for programs. */
export class Log {
  /** Set while a progress bar is shown on the last line of stderr. */
  hasBar = false;

  constructor(private readonly options: LogOptions) {}

  get json(): boolean {
    return this.options.json;
  }

  get debug(): boolean {
    return this.options.debug;
  }

  get stderr(): Streams['stderr'] {
    return this.options.stderr;
  }

  /** Something that happened; `text` is for people, empty for events that only programs need. */
  event(name: string, data: object, text = ''): void {
    if (this.json) this.writeJson({ event: name, ...data });
    else if (text !== '') this.writeLine(text);
  }

  /** A choice that was made for the user. */
  note(message: string): void {
    this.event('note', { message }, `note: ${message}`);
  }

  /** @param data what the warning is about, for machines */
  warn(message: string, data: object = {}): void {
    if (this.json) this.writeJson({ event: 'warning', ...data, message });
    else this.writeLine(`${this.paint('warning:', YELLOW)} ${message}`);
  }

  /** The command's result, on stdout. */
  result(data: object, text: string): void {
    if (this.json) this.writeJson({ event: 'result', ...data });
    else this.options.stdout.write(`${text}\n`);
  }

  /** @param data what the error is about, for machines */
  error(error: unknown, data: object = {}, subject = ''): void {
    const message = describeError(error);
    const stack = this.options.debug && error instanceof Error ? error.stack : undefined;
    if (this.json) this.writeJson({ event: 'error', ...data, message, ...(stack && { stack }) });
    else this.writeLine(`${this.paint('error:', RED)} ${subject && `${subject}: `}${message}.`);
    if (stack && !this.json) this.writeLine(stack);
  }

  private writeJson(data: object): void {
    this.options.stdout.write(`${JSON.stringify(data)}\n`);
  }

  private writeLine(text: string): void {
    this.stderr.write(`${this.hasBar ? CLEAR_LINE : ''}${text}\n`);
  }

  private paint(text: string, colour: number): string {
    return this.options.colour ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }
}

/** Whether to colour: on a terminal, unless NO_COLOR is set to anything (https://no-color.org). */
export function wantsColour(stream: Streams['stderr'], environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
