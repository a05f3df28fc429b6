const TAG_COUNT = 128;
const TAG_ENTRY = 12;

/** The name of an ICC colour profile, such as `Display P3`; empty if it has none that can be read. */
export function profileName(icc: Uint8Array): string {
  const view = new DataView(icc.buffer, icc.byteOffset, icc.length);
  if (icc.length < TAG_COUNT + 4) return '';
  const count = view.getUint32(TAG_COUNT);
  for (
    let at = TAG_COUNT + 4;
    at + TAG_ENTRY <= Math.min(icc.length, TAG_COUNT + 4 + count * TAG_ENTRY);
    at += TAG_ENTRY
  ) {
    if (characters(icc.subarray(at, at + 4)) !== 'desc') continue;
    const start = view.getUint32(at + 4);
    return describedBy(icc.subarray(start, start + view.getUint32(at + 8)));
  }
  return '';
}

/** The text of a textDescriptionType (version 2), or the first of a multiLocalizedUnicodeType (version 4). */
function describedBy(tag: Uint8Array): string {
  if (tag.length < 28) return '';
  const view = new DataView(tag.buffer, tag.byteOffset, tag.length);
  const type = characters(tag.subarray(0, 4));
  if (type === 'desc') return plain(characters(tag.subarray(12, 12 + view.getUint32(8))));
  if (type !== 'mluc') return '';
  const start = view.getUint32(24);
  return plain(new TextDecoder('utf-16be').decode(tag.subarray(start, start + view.getUint32(20))));
}

function characters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 256));
}

/** Without the zero at the end, and what a terminal would act on. */
function plain(text: string): string {
  return [...text]
    .filter((character) => character >= ' ' && character !== '\x7f')
    .join('')
    .trim();
}
