import { isCameraRaw } from './cameraRaw.ts';

/** A kind of file that may be given instead of a picture. */
export interface FileFormat {
  /** As in `p.jpg is HEIC`, with an article where one is needed. */
  readonly name: string;
  /** What to do instead of reading it; null for a picture that can be read. */
  readonly remedy: string | null;
  /** Whether to quote its first words in the message. */
  readonly isQuoted?: true;
}

interface Row extends FileFormat {
  readonly is: (bytes: Uint8Array) => boolean;
}

const SAVE = 'save it as JPEG or PNG';
const FRAME = 'save one of its frames as PNG';
const DOWNLOAD = 'download the picture itself';
const BMP_HEADERS = ['\x0c', '\x28', '\x34', '\x38', '\x6c', '\x7c'];
const PNM_KINDS = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'];

/** Formats by their first bytes; the first row that fits counts. */
const FORMATS: readonly Row[] = [
  { name: 'JPEG', is: begins('\xff\xd8\xff'), remedy: null },
  { name: 'PNG', is: begins('\x89PNG\r\n\x1a\n'), remedy: null },
  { name: 'GIF', is: begins('GIF87a', 'GIF89a'), remedy: null },
  { name: 'WebP', is: begins('RIFF????WEBP'), remedy: null },
  { name: 'an animated AVIF', is: begins('????ftypavis'), remedy: FRAME },
  { name: 'AVIF', is: hasBrand('avif', 'avis'), remedy: null },
  { name: 'BMP', is: begins(...BMP_HEADERS.map((size) => `BM????????????${size}\0\0\0`)), remedy: null },
  { name: 'a raw photo of a camera', is: isCameraRaw, remedy: 'develop it and save it as JPEG or PNG' },
  { name: 'TIFF', is: begins('II*\0', 'MM\0*', 'II+\0', 'MM\0+'), remedy: null },
  {
    name: 'HEIC (as phones save it)',
    is: hasBrand('heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'),
    remedy: SAVE,
  },
  { name: 'HEIF', is: hasBrand('mif1', 'msf1'), remedy: SAVE },
  { name: 'JPEG XL', is: begins('\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'), remedy: SAVE },
  { name: 'JPEG 2000', is: begins('\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'), remedy: SAVE },
  { name: 'a Photoshop document', is: begins('8BPS'), remedy: SAVE },
  { name: 'an icon (ICO)', is: begins('\0\0\x01\0'), remedy: SAVE },
  { name: 'an icon (ICNS)', is: begins('icns'), remedy: SAVE },
  { name: 'DDS', is: begins('DDS '), remedy: SAVE },
  { name: 'OpenEXR', is: begins('\x76\x2f\x31\x01'), remedy: SAVE },
  { name: 'Radiance HDR', is: begins('#?RADIANCE', '#?RGBE'), remedy: SAVE },
  { name: 'PNM', is: begins(...PNM_KINDS.flatMap((kind) => [`${kind}\n`, `${kind} `])), remedy: SAVE },
  { name: 'a PDF document', is: begins('%PDF-'), remedy: 'export its page as PNG' },
  { name: 'PostScript', is: begins('%!PS', '\xc5\xd0\xd3\xc6'), remedy: 'export it as PNG' },
  { name: 'a QuickTime video', is: hasBrand('qt  '), remedy: FRAME },
  { name: 'an MP4 video', is: begins('????ftyp'), remedy: FRAME },
  { name: 'a WebM or Matroska video', is: begins('\x1a\x45\xdf\xa3'), remedy: FRAME },
  { name: 'an AVI video', is: begins('RIFF????AVI '), remedy: FRAME },
  { name: 'a ZIP archive', is: begins('PK\x03\x04', 'PK\x05\x06'), remedy: 'unpack it first' },
  { name: 'a gzip archive', is: begins('\x1f\x8b'), remedy: 'unpack it first' },
  {
    name: 'a Git LFS pointer',
    is: isText(/^version https:\/\/git-lfs/),
    remedy: 'get the picture itself with `git lfs pull`',
  },
  {
    name: 'a web page',
    is: isText(/^(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body)/is),
    remedy: DOWNLOAD,
    isQuoted: true,
  },
  { name: 'an SVG drawing', is: isText(/^<(?:.*<)?svg\b/is), remedy: 'export it as PNG' },
  { name: 'XML', is: isText(/^<\?xml/), remedy: DOWNLOAD, isQuoted: true },
  {
    name: 'JSON',
    is: isText(/^[{[]\s*["{[\]}\d-]/),
    remedy: `${DOWNLOAD}, whose address may need a login or a token`,
    isQuoted: true,
  },
  { name: 'text', is: isText(/./), remedy: 'give a picture', isQuoted: true },
];

const UNKNOWN: FileFormat = { name: 'of no known format', remedy: SAVE };
const CUT_OFF_ZEROS: FileFormat = { name: 'filled with zeros', remedy: 'copy or download it again' };

/**
 * The format of a file's content, independent of its name. @param bytes the whole file, or at least its beginning; not
 * empty
 */
export function fileFormat(bytes: Uint8Array): FileFormat {
  if (bytes.every((byte) => byte === 0)) return CUT_OFF_ZEROS;
  return FORMATS.find(({ is }) => is(bytes)) ?? UNKNOWN;
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  jpg: 'JPEG',
  jpeg: 'JPEG',
  png: 'PNG',
  gif: 'GIF',
  webp: 'WebP',
  avif: 'AVIF',
  bmp: 'BMP',
  tif: 'TIFF',
  tiff: 'TIFF',
};

/** Why a file cannot be read and what to do, as one sentence without its full stop. */
export function refusal(path: string, bytes: Uint8Array, format: FileFormat): string {
  const claimed = EXTENSIONS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
  const isOther = claimed !== undefined && !format.name.endsWith(claimed);
  const quoted = format.isQuoted ? ` that begins ${JSON.stringify(firstWords(textOf(bytes) ?? ''))}` : '';
  return `${path} is ${format.name}${quoted}${isOther ? `, not ${claimed}` : ''}; ${format.remedy}`;
}

function firstWords(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  return words.length > 60 ? `${words.slice(0, 60)}…` : words;
}

/** @param signatures bytes as characters; `?` stands for any */
function begins(...signatures: readonly string[]): Row['is'] {
  return (bytes) => signatures.some((signature) => fits(bytes, signature));
}

function fits(bytes: Uint8Array, signature: string): boolean {
  return [...signature].every((character, i) => character === '?' || bytes[i] === character.charCodeAt(0));
}

/** Of the ISO base media formats: whether one of the brands in their first box is among `brands`. */
function hasBrand(...brands: readonly string[]): Row['is'] {
  return (bytes) => {
    if (!fits(bytes, '????ftyp')) return false;
    const length = Math.min(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length, 256);
    const box = String.fromCharCode(...bytes.subarray(0, length));
    return brands.some((brand) => box.startsWith(brand, 8) || box.slice(16).includes(brand));
  };
}

function isText(pattern: RegExp): Row['is'] {
  return (bytes) => pattern.test(textOf(bytes)?.trim() ?? '');
}

/** The beginning of a file of UTF-8 text, without its byte order mark; null for other bytes. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, 4096), { stream: true });
    // Text has no control characters but blanks, ends of lines and the like (tab to carriage return).
    return [...text].some((character) => character < '\t' || (character > '\r' && character < ' '))
      ? null
      : text;
  } catch {
    return null;
  }
}
