import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError unless `text` is a finite number */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('it must be a number.');
}

/** @throws InvalidArgumentError unless `text` is a number from 0 to 1 */
export function parseShare(text: string): number {
  const value = parseNumber(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('it must be from 0 to 1.');
}

/** @throws InvalidArgumentError unless `text` is an integer from 0 */
export function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('it must be an integer, 0 or greater.');
}

/** @throws InvalidArgumentError unless `text` is an integer from 1 */
export function parsePositive(text: string): number {
  const value = parseCount(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('it must be an integer, 1 or greater.');
}

/** Path of a result. @throws InvalidArgumentError for another extension than .png */
export function parsePngPath(text: string): string {
  if (/\.png$/i.test(text)) return text;
  throw new InvalidArgumentError('it must end in .png, since results are PNG files.');
}

/** Path of a page. @throws InvalidArgumentError for another extension than .html */
export function parseHtmlPath(text: string): string {
  if (/\.html?$/i.test(text)) return text;
  throw new InvalidArgumentError('it must end in .html.');
}

/** `4,8`, or `none` for the empty list. @throws InvalidArgumentError for anything else */
export function parseIndices(text: string): number[] {
  if (text === 'none') return [];
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError("it must be positions such as 4,8, or 'none'.");
}

/** Adds the words or phrases of one value, separated by commas, to the previous ones. */
export function collectWords(text: string, earlier: readonly string[] = []): string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length > 0) return [...earlier, ...words];
  throw new InvalidArgumentError('it must be a word or a phrase of the target prompt.');
}

/** A size to edit at, for `planFrame` of lusd. */
export type Size = number | readonly [width: number, height: number] | 'original';

/** `512`, `768x512` or `original`. @throws InvalidArgumentError for anything else */
export function parseSize(text: string): Size {
  if (text === 'original') return text;
  const match = /^(\d+)(?:x(\d+))?$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match && [width, height].every((side) => side >= 8 && side % 8 === 0)) {
    return width === height ? width : [width, height];
  }
  throw new InvalidArgumentError("it must be multiples of 8, such as 512 or 768x512, or 'original'.");
}
