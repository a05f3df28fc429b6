import { CliError } from '../ui/errors.ts';

/** First bytes of files that are often named .csv but are not, and what to do about them. */
const OTHER_FILES: readonly (readonly [bytes: string, what: string])[] = [
  ['PK\x03\x04', "a zip archive, as Excel's .xlsx is; save the table as 'CSV UTF-8'"],
  ['\xd0\xcf\x11\xe0', "an Excel workbook; save the table as 'CSV UTF-8'"],
  ['\x1f\x8b', 'compressed with gzip; unpack it'],
  ['version https://git-lfs', 'a Git LFS pointer in place of the table; run `git lfs pull`'],
];

/**
 * The text of a table: UTF-8, with or without a byte order mark, or UTF-16 with one. The mark is left out.
 * @param path for messages
 * @throws CliError naming the format that was found
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  const other = OTHER_FILES.find(([first]) => start.startsWith(first))?.[1];
  if (other !== undefined) throw new CliError(`${path} is ${other}`);
  if (start.startsWith('\xff\xfe')) return decode('utf-16le', bytes, path);
  if (start.startsWith('\xfe\xff')) return decode('utf-16be', bytes, path);
  // Without a mark it still shows in the zero halves of Latin letters, which no text in UTF-8 holds.
  if (bytes.includes(0)) throw new CliError(`${path} is in UTF-16; save it as UTF-8`);
  return decode('utf-8', bytes, path);
}

function decode(encoding: string, bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    if (encoding !== 'utf-8')
      throw new CliError(`${path} begins as UTF-16 but is not; save it as UTF-8`, { cause });
    throw new CliError(
      `${path} is not in UTF-8: line ${firstBadLine(bytes)} has bytes of another encoding, perhaps Latin-1 or Windows-1252; save it as UTF-8`,
      { cause },
    );
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder();
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split(/\r\n|\n|\r/);
  const isBad = (line: string) => decoder.decode(Buffer.from(line, 'latin1')).includes('\ufffd');
  return lines.findIndex(isBad) + 1;
}
