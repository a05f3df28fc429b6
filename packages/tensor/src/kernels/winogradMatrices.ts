import type { WinogradTile } from '../gpu/convTuning.ts';

/** Elements of the kernel along a side. */
const KERNEL = 3;

/** Where the polynomials are evaluated, beside infinity: small numbers and their inverses, which lose least in f32. */
const POINTS: Readonly<Record<WinogradTile, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, 1, -1, 0.5, -2],
};

/**
 * Winograd's F(tile, 3) along one axis: `tile` sums of products of neighbouring elements d with a kernel g are
 * A^T [(G g) . (B^T d)], `span` products, by evaluating and interpolating polynomials (Toom and Cook).
 */
export interface WinogradMatrices {
  /** Elements of the input that a tile of the output sees. */
  readonly span: number;
  /** B^T [span, span]. */
  readonly input: readonly (readonly number[])[];
  /** G [span, 3]. */
  readonly weight: readonly (readonly number[])[];
  /** A^T [tile, span]. */
  readonly output: readonly (readonly number[])[];
}

export function winogradMatrices(tile: WinogradTile): WinogradMatrices {
  const points = POINTS[tile];
  const span = tile + KERNEL - 1;
  const others = (i: number) => points.filter((_, j) => j !== i);
  const scale = (i: number) => others(i).reduce((product, point) => product * (points[i]! - point), 1);
  return {
    span,
    input: [...points.map((_, i) => [...withRoots(others(i)), 0]), withRoots(points)],
    weight: [
      ...points.map((point, i) => powers(point, KERNEL).map((power) => power / scale(i))),
      last(KERNEL),
    ],
    output: transpose([...points.map((point) => powers(point, tile)), last(tile)]),
  };
}

/** Coefficients, from that of 1 on, of the polynomial with these roots. */
function withRoots(roots: readonly number[]): number[] {
  let polynomial = [1];
  for (const root of roots)
    polynomial = [0, ...polynomial].map((above, i) => above - root * (polynomial[i] ?? 0));
  return polynomial;
}

/** 1, x, x^2 and so on. */
function powers(x: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => x ** i);
}

/** At infinity, of `count` coefficients only the last counts. */
function last(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : 0));
}

function transpose(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** WGSL of the sum of terms times coefficients, without those of 0. */
export function linearCombination(coefficients: readonly number[], term: (i: number) => string): string {
  return coefficients
    .flatMap((coefficient, i) => (coefficient === 0 ? [] : [scaled(coefficient, term(i))]))
    .join(' + ');
}

function scaled(coefficient: number, term: string): string {
  if (Math.abs(coefficient) === 1) return coefficient === 1 ? term : `-${term}`;
  return `${Number.isInteger(coefficient) ? coefficient.toFixed(1) : coefficient} * ${term}`;
}
