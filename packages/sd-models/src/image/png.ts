const SIGNATURE = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD = 12;

/** How many frames a PNG file's animation (APNG) has; 1 without one. */
export function pngFrames(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = SIGNATURE; at + CHUNK_OVERHEAD <= bytes.length; ) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'acTL') return view.getUint32(at + 8);
    if (type === 'IDAT') return 1;
    at += CHUNK_OVERHEAD + view.getUint32(at);
  }
  return 1;
}
