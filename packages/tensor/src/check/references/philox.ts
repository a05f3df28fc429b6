/** The first block of Philox4x32-10 for key and counter 0 (Random123's known answers). */
export const FIRST_WORDS = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] as const;

const MASK = 0xffffffffn;

/** Philox4x32-10 (Salmon et al., 2011) of the counter (i, 0, draws, 0) under `key`, in whole numbers of any size. */
export function philoxWords(i: number, draws: number, key: readonly [low: number, high: number]): number[] {
  let [a, b, c, d] = [BigInt(i), 0n, BigInt(draws), 0n];
  let [k0, k1] = [BigInt(key[0]), BigInt(key[1])];
  for (let round = 0; round < 10; round++) {
    const [p, q] = [0xd2511f53n * a, 0xcd9e8d57n * c];
    [a, b, c, d] = [(q >> 32n) ^ b ^ k0, q & MASK, (p >> 32n) ^ d ^ k1, p & MASK];
    [k0, k1] = [(k0 + 0x9e3779b9n) & MASK, (k1 + 0xbb67ae85n) & MASK];
  }
  return [a, b, c, d].map(Number);
}
