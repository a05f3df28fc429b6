/**
 * The printable character that stands for each byte in a byte-level BPE vocabulary: Latin-1's own where it is visible,
 * the rest from U+0100 on. GPT-2's `bytes_to_unicode`.
 */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/**
 * The 256 characters in the order of CLIP's vocabulary: first the bytes that stand for themselves.
 */
export const BYTE_VOCABULARY: readonly string[] = [...BYTE_CHARACTERS].sort();

function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}

function isVisible(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}
