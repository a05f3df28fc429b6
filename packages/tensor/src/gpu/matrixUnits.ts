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

/**
 * Edge of the largest square f16 matrices that the adapter multiplies and adds up in f32; 0 if there are none.
 * (Apple and lavapipe 8, NVIDIA 16.) Units without a square shape are left unused.
 */
export function matrixUnitOf(adapter: GPUAdapter): number {
  if (!adapter.features.has(MATRIX_FEATURE) || !adapter.features.has('shader-f16')) return 0;
  const { subgroupMatrixConfigs = [] } = adapter.info as { subgroupMatrixConfigs?: SubgroupMatrixConfig[] };
  const edges = Array.from(subgroupMatrixConfigs)
    .filter(({ componentType, resultComponentType: sum }) => componentType === 'f16' && sum === 'f32')
    .filter(({ M, N, K }) => M === N && N === K)
    .map(({ M }) => M);
  return Math.max(0, ...edges);
}

type Operand = 'left' | 'right';
type Order = 'row_major' | 'col_major';

/** The unit-sized matrix at `offset` of a workgroup array of f16, as an operand. */
export function loadMatrix(
  operand: Operand,
  order: Order,
  from: string,
  offset: string,
  stride: number,
  unit: number,
): string {
  const type = `subgroup_matrix_${operand}<f16, ${unit}, ${unit}>`;
  return `subgroupMatrixLoad<${type}, ${order}>(&${from}, ${offset}, ${stride}u)`;
}

/** Type of a sum of products in f32; zero when declared. */
export function sumType(unit: number): string {
  return `subgroup_matrix_result<f32, ${unit}, ${unit}>`;
}

/** Writes a sum, row by row, to `offset` of a workgroup array of f32. */
export function storeSum(sum: string, to: string, offset: string, unit: number): string {
  return `subgroupMatrixStore<row_major>(&${to}, ${offset}, ${sum}, ${unit}u);`;
}

export function multiplyAccumulate(left: string, right: string, sum: string): string {
  return `${sum} = subgroupMatrixMultiplyAccumulate(${left}, ${right}, ${sum});`;
}
