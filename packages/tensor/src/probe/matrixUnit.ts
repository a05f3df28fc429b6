import { f32ToF16Array } from '../float16.ts';
import type { KnownSubgroup, MatrixUnit } from '../gpu/facts.ts';
import { loadMatrix, loadSum, multiplyAccumulate, storeSum, sumType } from '../gpu/matrixUnits.ts';
import { defineKernel } from '../kernels/wgsl.ts';
import type { ProbeLaunch } from './launch.ts';

/** Subgroups of the workgroup; each multiplies rows of its own. */
const TEAMS = 2;
/** Products that are added up; between two, the sum is stored and loaded again, as attention does. */
const STEPS = 2;
/** Halves between rows in workgroup memory beyond their length, as in the kernels. */
const PAD = 8;

interface Variant {
  readonly unit: MatrixUnit;
  readonly subgroup: KnownSubgroup;
}

/** As `kernels/gemmMatrix.ts` and `kernels/attentionMatrix.ts`: native halves, staged in workgroup memory with their inner elements side by side. */
const probeKernel = defineKernel(({ unit, subgroup }: Variant) => {
  const { m, n } = unit;
  const depth = unit.k * STEPS;
  const stride = depth + PAD;
  const threads = TEAMS * subgroup.size;
  const stage = (side: 'a' | 'b', rows: number) => `
  for (var i = lane; i < ${(rows * depth) / 4}u; i += ${threads}u) {
    let halves = load_${side}(i);
    let to = i * 4u / ${depth}u * ${stride}u + i * 4u % ${depth}u;
    for (var j = 0u; j < 4u; j++) { staged_${side}[to + j] = halves[j]; }
  }`;
  const multiply = (step: number) => {
    const left = loadMatrix(
      'left',
      'row_major',
      'staged_a',
      `rows * ${stride}u + ${step * unit.k}u`,
      stride,
      unit,
    );
    const right = loadMatrix('right', 'col_major', 'staged_b', `${step * unit.k}u`, stride, unit);
    return `{
    let left = ${left};
    let right = ${right};
    ${multiplyAccumulate('left', 'right', 'sum')}
  }`;
  };
  const own = `team * ${m * n}u`;
  const store = `${storeSum('sum', 'sums', own, n)}
  workgroupBarrier();`;
  const reload = `sum = ${loadSum('sums', own, n, unit)};
  workgroupBarrier();`;
  return {
    name: 'probeMatrixUnit',
    bindings: [
      { name: 'a', dtype: 'f16', width: 4, access: 'read', native: true },
      { name: 'b', dtype: 'f16', width: 4, access: 'read', native: true },
      { name: 'c', dtype: 'f32', width: 1, access: 'write' },
    ],
    params: {},
    workgroup: [threads, 1, 1],
    subgroups: true,
    subgroupSize: subgroup.pin,
    matrixUnits: true,
    declarations: `var<workgroup> staged_a: array<f16, ${TEAMS * m * stride}>;
var<workgroup> staged_b: array<f16, ${n * stride}>;
var<workgroup> sums: array<f32, ${TEAMS * m * n}>;`,
    main: `${stage('a', TEAMS * m)}${stage('b', n)}
  let team = subgroupBroadcastFirst(lane / ${subgroup.size}u);
  let rows = team * ${m}u;
  workgroupBarrier();
  var sum: ${sumType(unit)};
  ${Array.from({ length: STEPS }, (_, step) => `${multiply(step)}\n  ${store}`).join(`\n  ${reload}\n  `)}
  for (var i = lane; i < ${TEAMS * m * n}u; i += ${threads}u) { store_c(i, sums[i]); }`,
  };
});

// Small whole numbers, whose products and sums are exact in f16 and f32.
const left = (row: number, k: number) => ((row * 5 + k * 3) % 13) - 6;
const right = (k: number, column: number) => ((column * 7 + k * 2) % 11) - 5;

/** Words that hold `rows` x `columns` halves. */
function halves(rows: number, columns: number, at: (row: number, column: number) => number) {
  const words = new Uint32Array((rows * columns) / 2);
  const values = Float32Array.from({ length: rows * columns }, (_, i) =>
    at(Math.floor(i / columns), i % columns),
  );
  f32ToF16Array(values, new Uint16Array(words.buffer));
  return words;
}

/** Multiplies matrices of whole numbers, as the products of f16 do. */
export function matrixLaunch(unit: MatrixUnit, subgroup: KnownSubgroup): ProbeLaunch {
  const { m, n, k } = unit;
  return {
    kernel: probeKernel({ unit: { m, n, k }, subgroup: { size: subgroup.size, pin: subgroup.pin } }),
    words: [
      halves(TEAMS * m, STEPS * k, left),
      halves(n, STEPS * k, (column, k) => right(k, column)),
      new Uint32Array(TEAMS * m * n),
    ],
  };
}

/** What of the product is wrong, in words; null if nothing is. */
export function wrongProduct({ m, n, k }: MatrixUnit, [, , bits]: readonly Uint32Array[]): string | null {
  const got = new Float32Array(bits!.slice().buffer);
  for (let i = 0; i < TEAMS * m * n; i++) {
    const [row, column] = [Math.floor(i / n), i % n];
    let wanted = 0;
    for (let j = 0; j < STEPS * k; j++) wanted += left(row, j) * right(j, column);
    if (got[i] !== wanted)
      return `a product of ${m} x ${n} x ${k} is ${got[i]} in row ${row}, column ${column}, not ${wanted}`;
  }
  return null;
}
