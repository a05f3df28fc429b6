/** Whether every case is run (`npm run test:all`), or only what shows each behaviour once (`npm test`). */
export const isThorough = process.env.LUSD_TESTS === 'all';

/** All cases of a repeated test where it is thorough, else `count` of them, spread over the list. */
export function someOf<T>(cases: readonly T[], count: number): readonly T[] {
  if (isThorough || cases.length <= count) return cases;
  return Array.from({ length: count }, (_, i) => cases[Math.floor((i * cases.length) / count)] as T);
}
