/** Bytes that are copied in one task. */
const AT_ONCE = 8_000_000;

/** Bytes as a file. A browser copies them, which for a recorded edit takes long: so it is done in several tasks. */
export async function fileOf(bytes: Uint8Array<ArrayBuffer>): Promise<Blob> {
  const pieces: Blob[] = [];
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    await new Promise((resolve) => setTimeout(resolve));
    pieces.push(new Blob([bytes.subarray(at, at + AT_ONCE)]));
  }
  return new Blob(pieces);
}
