/** Rounds to the nearest integer, halves to the even one: NumPy's, torch's and Python's `round`. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + Math.abs(floor % 2) : Math.round(value);
}
