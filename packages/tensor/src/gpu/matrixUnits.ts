import type { MatrixUnit } from './facts.ts';

/**
 * Matrix units: WGSL's experimental subgroup matrices, whose loads took a `row_major` template argument in 2026
 * where they had a boolean before. Differences between their versions are handled only here.
 */

/** Feature that a device must be opened with. */
export const MATRIX_FEATURE = 'chromium-experimental-subgroup-matrix' as GPUFeatureName;

/**
 * Directives of a kernel that uses f16 operands in matrix units. The analysis cannot see that an offset computed from
 * the lane's index divided by the subgroup's size is one for the whole subgroup.
 */
export const MATRIX_ENABLES = `enable f16;
enable chromium_experimental_subgroup_matrix;
diagnostic(off, chromium.subgroup_matrix_uniformity);`;

/** One shape that an adapter multiplies: [M, K] x [K, N]. */
interface SubgroupMatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Products whose kernels were judged best first; of the others, the largest. */
const PREFERRED = [
  [16, 16, 16],
  [8, 16, 16],
  [16, 8, 16],
  [16, 8, 8],
  [8, 8, 8],
] as const;

/**
 * The product that the adapter's matrix units are used for: f16 matrices, added up in f32; null if there is none.
 * (AMD and NVIDIA 16 x 16 x 16, Intel 8 x 16 x 16, Apple and lavapipe 8 x 8 x 8.)
 */
export function matrixUnitOf(adapter: GPUAdapter): MatrixUnit | null {
  if (!adapter.features.has(MATRIX_FEATURE) || !adapter.features.has('shader-f16')) return null;
  if (crashes(adapter.info)) return null;
  const { subgroupMatrixConfigs = [] } = adapter.info as { subgroupMatrixConfigs?: SubgroupMatrixConfig[] };
  const offered = Array.from(subgroupMatrixConfigs).filter(
    ({ componentType, resultComponentType: sum }) => componentType === 'f16' && sum === 'f32',
  );
  const [m, n, k] =
    PREFERRED.find(([m, n, k]) => offered.some((unit) => unit.M === m && unit.N === n && unit.K === k)) ?? [];
  return m && n && k ? { m, n, k } : null;
}

/** lavapipe (Mesa 26.1.6) ends the process where it has vectors of more than 256 bits (2026-11-27). */
function crashes({ isFallbackAdapter, subgroupMaxSize = 0 }: GPUAdapterInfo): boolean {
  return isFallbackAdapter && subgroupMaxSize > 8;
}

/** Halves between rows in workgroup memory beyond their length, so that they start in different banks. */
export const HALVES_PAD = 8;
/** The same between rows of f32. */
export const FLOATS_PAD = 4;

type Operand = 'left' | 'right';
type Order = 'row_major' | 'col_major';

/** The matrix at `offset` of a workgroup or storage array of f16, as an operand. */
export function loadMatrix(
  operand: Operand,
  order: Order,
  from: string,
  offset: string,
  stride: number,
  { m, n, k }: MatrixUnit,
): string {
  // WGSL names columns before rows.
  const [columns, rows] = operand === 'left' ? [k, m] : [n, k];
  const type = `subgroup_matrix_${operand}<f16, ${columns}, ${rows}>`;
  return `subgroupMatrixLoad<${type}, ${order}>(&${from}, ${offset}, ${stride}u)`;
}

/** Type of a sum of products in f32; zero when declared. */
export function sumType({ m, n }: MatrixUnit): string {
  return `subgroup_matrix_result<f32, ${n}, ${m}>`;
}

/** Writes a sum, row by row, to `offset` of a workgroup array of f32 whose rows are `stride` apart. */
export function storeSum(sum: string, to: string, offset: string, stride: number): string {
  return `subgroupMatrixStore<row_major>(&${to}, ${offset}, ${sum}, ${stride}u);`;
}

/** Reads a sum, row by row, from `offset` of a workgroup array of f32 whose rows are `stride` apart. */
export function loadSum(from: string, offset: string, stride: number, unit: MatrixUnit): string {
  return `subgroupMatrixLoad<${sumType(unit)}, row_major>(&${from}, ${offset}, ${stride}u)`;
}

export function multiplyAccumulate(left: string, right: string, sum: string): string {
  return `${sum} = subgroupMatrixMultiplyAccumulate(${left}, ${right}, ${sum});`;
}
