/** The memory of every picture, mask and file that is told of, which goes to the page without a copy. */
export function buffersOf(told: unknown): ArrayBufferLike[] {
  if (told instanceof Uint8Array) return [told.buffer];
  if (typeof told !== 'object' || told === null) return [];
  return Object.values(told).flatMap(buffersOf);
}
