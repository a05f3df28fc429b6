/** `build`, called once for every distinct list of arguments. */
export function memoize<A extends readonly (string | number | boolean)[], R>(
  build: (...args: A) => R,
): (...args: A) => R {
  const built = new Map<string, R>();
  return (...args) => {
    const key = args.join('|');
    const known = built.get(key);
    if (known !== undefined) return known;
    const made = build(...args);
    built.set(key, made);
    return made;
  };
}
