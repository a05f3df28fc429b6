import { each } from './each.ts';

/**
 * WGSL that stores the four halves of two words, from `at` on: element by element, which compilers join, since an array
 * that matrices are loaded from has elements of their type.
 */
export function storeHalves(array: string, at: string, words: string): string {
  return `{ let halves = bitcast<vec4h>(${words});
    ${each(4, (i) => `${array}[${at} + ${i}u] = halves[${i}];`)} }`;
}
