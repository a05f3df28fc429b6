/**
 * L1: mean absolute difference of two images of the same size, their values taken from 0 to 1.
 *
 * @param a RGB bytes; resize the result to the ground truth beforehand
 * @param b RGB bytes in the same order
 * @throws RangeError if the lengths differ or are 0
 */
export function meanAbsoluteDifference(a: Uint8Array, b: Uint8Array): number {
  return meanOver(a, b, Math.abs);
}

/** L2: mean squared difference of two images; as `meanAbsoluteDifference`. */
export function meanSquaredDifference(a: Uint8Array, b: Uint8Array): number {
  return meanOver(a, b, (difference) => difference * difference);
}

/**
 * Cosine of the angle between two embeddings, such as those of CLIP or DINO, from -1 to 1 whatever rounding makes of it.
 *
 * @throws RangeError if the lengths differ or are 0, or if a vector is zero
 */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  requireSameLength(a, b);
  const norms = Math.sqrt(dot(a, a) * dot(b, b));
  if (norms === 0) throw new RangeError('a zero vector has no direction, so no cosine similarity');
  return Math.min(Math.max(dot(a, b) / norms, -1), 1);
}

function meanOver(a: Uint8Array, b: Uint8Array, measure: (difference: number) => number): number {
  requireSameLength(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += measure((a[i]! - b[i]!) / 255);
  return sum / a.length;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function requireSameLength(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length === b.length && a.length > 0) return;
  throw new RangeError(
    `can only compare two non-empty arrays of one length, not ${a.length} with ${b.length}`,
  );
}
