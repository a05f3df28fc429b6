import { randomUUID } from 'node:crypto';
import { HttpError } from './httpError.ts';

/** OpenAI's addresses lead to a picture for as long, in milliseconds. */
const KEPT_FOR = 60 * 60_000;
/** More than an answer can have, so that none of its addresses is dead when it arrives. */
const MAX_KEPT = 32;

/** Pictures that were answered as addresses, in memory: the oldest go first, and each after an hour. */
export class KeptPictures {
  private readonly pictures = new Map<string, Buffer>();

  /** @returns a name of 122 random bits, which stands for the token */
  add(png: Buffer): string {
    const name = randomUUID();
    this.pictures.set(name, png);
    setTimeout(() => this.pictures.delete(name), KEPT_FOR).unref();
    for (const old of [...this.pictures.keys()].slice(0, -MAX_KEPT)) this.pictures.delete(old);
    return name;
  }

  /** A PNG file. @throws HttpError 404 */
  get(name: string): Buffer {
    const png = this.pictures.get(name);
    if (png) return png;
    throw new HttpError(
      404,
      `there is no picture ${name}: the last ${MAX_KEPT} are kept, for an hour, while the server runs; edit again, or ask for b64_json`,
    );
  }
}
