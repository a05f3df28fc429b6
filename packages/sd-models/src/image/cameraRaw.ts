const LITTLE_ENDIAN = 0x4949;
const BIG_ENDIAN = 0x4d4d;
const TIFF_MAGIC = 42;
const NEW_SUBFILE_TYPE = 254;
const DNG_VERSION = 50706;

/**
 * Whether a file is what a camera's sensor gave (DNG, NEF, ARW, CR2, CR3, RAF, ORF, RW2). Most of them are TIFF files
 * whose first picture is a small preview, which must not be used as the photo.
 */
export function isCameraRaw(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  if (['FUJIFILMCCD-RAW', 'IIRO', 'IIRS', 'MMOR', 'IIU\0'].some((signature) => head.startsWith(signature)))
    return true;
  if (head.startsWith('ftypcrx ', 4) || (head.startsWith('II*\0') && head.startsWith('CR', 8))) return true;
  const tags = firstTiffTags(bytes);
  const isReduced = ((tags.get(NEW_SUBFILE_TYPE) ?? 0) & 1) === 1;
  return isReduced || tags.has(DNG_VERSION);
}

/** The tags of a TIFF file's first picture, with the first word of their values; none for another file. */
function firstTiffTags(bytes: Uint8Array): ReadonlyMap<number, number> {
  const tags = new Map<number, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 8) return tags;
  const order = view.getUint16(0);
  const little = order === LITTLE_ENDIAN;
  if ((!little && order !== BIG_ENDIAN) || view.getUint16(2, little) !== TIFF_MAGIC) return tags;
  const directory = view.getUint32(4, little);
  if (directory + 2 > bytes.length) return tags;
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > bytes.length) break;
    tags.set(view.getUint16(entry, little), view.getUint32(entry + 8, little));
  }
  return tags;
}
