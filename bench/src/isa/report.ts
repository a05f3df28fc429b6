import { markdownTable } from '../markdown.ts';
import type { CompiledKernel, FamilyResult } from './compileFamily.ts';

/** What a column of the table shows of a kernel, and its title. */
type Column = readonly [title: string, cell: (kernel: CompiledKernel) => string | number];

const COLUMNS: readonly Column[] = [
  ['kernel', ({ site }) => site.kernel],
  ['first launched by', placeOf],
  ['subgroup', ({ subgroupSize }) => subgroupSize],
  ['VGPRs', ({ vgprs }) => vgprs],
  ['a SIMD', ({ subgroupsPerSimd }) => subgroupsPerSimd],
  ['spilled', ({ spilledVgprs }) => spilledVgprs],
  ['scratch', ({ scratchBytes }) => scratchBytes],
  ['LDS', ({ workgroupBytes }) => workgroupBytes],
  ['matrix', ({ hottest }) => hottest.matrix],
  ['fma', ({ hottest }) => hottest.multiplyAdds],
  ['dual', ({ hottest }) => hottest.dualMultiplyAdds],
  ['LDS loads', ({ hottest }) => hottest.localLoads],
  ['bytes', ({ hottest }) => hottest.localLoadBytes],
  ['halves', ({ hottest }) => hottest.scalarHalfLoads],
  ['global', ({ hottest }) => hottest.globalLoads],
  ['cvt', ({ hottest }) => hottest.conversions],
  ['VALU', ({ hottest }) => hottest.otherVector],
  ['SALU', ({ hottest }) => hottest.scalar],
  ['peak', ({ hottest }) => percent(hottest.shareOfPeak)],
  ['in loop', ({ hottest }) => percent(hottest.shareOfPeakInLoop)],
];

/** What the columns mean. */
const LEGEND = `subgroup: its lanes; a SIMD: how many subgroups fit one; scratch, LDS: bytes a lane and a workgroup.
Then, of the block with most matrix operations, else most multiply-adds: matrix operations; multiply-adds (fma), and those
of them that are issued two at once; loads of workgroup memory, the bytes that they bring a lane, and those of them that
bring one half; global loads; conversions; other vector and scalar instructions. peak: the share of the SIMD's
multiply-adds, or of its matrix units' time, that the block can use at most; in loop: that all blocks of the innermost loop
around it can.`;

/** Every kernel of every family, as text. */
export function formatReport(results: readonly FamilyResult[]): string {
  const tables = results.map(
    (result) => `${headline(result)} ${driverOf(result)}.\n\n${kernelTable(result.kernels)}`,
  );
  return [...tables, LEGEND].join('\n\n');
}

/** The first family's kernels that multiply, and a line for each family, as Markdown. */
export function formatForDocument(results: readonly FamilyResult[]): string {
  const [first] = results;
  if (!first) return '';
  const multiplying = first.kernels.filter(multiplies);
  const others = first.kernels.filter((kernel) => !multiplies(kernel));
  return [
    `${driverOf(first)}. ${headline(first)}`,
    kernelTable(multiplying),
    `The other ${others.length} (copies, sums and what works element by element) need at most ${mostVgprs(others)} registers and let at least ${fewestSubgroups(others)} subgroups onto a SIMD.`,
    summaryTable(results),
  ].join('\n\n');
}

/** What `--json` writes: everything but the driver's text. */
export function toJson(results: readonly FamilyResult[]): unknown {
  return {
    date: new Date().toISOString(),
    families: results.map(({ family, kernels, ...facts }) => ({
      ...family,
      ...facts,
      kernels: kernels.map(({ output: _, ...kernel }) => kernel),
    })),
  };
}

/** Part and shapes, or the name of the case. */
export function placeOf({ site }: CompiledKernel): string {
  return site.operands === '' ? site.part : `${site.part}: ${site.operands}`;
}

function headline(result: FamilyResult): string {
  const { family, kernels } = result;
  const spilling = kernels.filter(spills).length;
  const spilled = spilling === 0 ? 'none spills' : `${spilling} spill`;
  return `${family.name} (${family.card}, ${family.generation}): matrix units: ${matrixUnits(result)}; ${kernels.length} kernels, ${spilled}.`;
}

/** The driver as the adapter's name has it, such as `Mesa 25.0.7-2~bpo12+1`. */
function driverOf({ adapter }: FamilyResult): string {
  return /Mesa \S+/.exec(adapter)?.[0] ?? adapter;
}

function matrixUnits({ matrixUnit, kernels }: FamilyResult): string {
  const users = kernels.filter(({ hottest }) => hottest.matrix > 0).length;
  if (!matrixUnit) return 'none';
  const { m, n, k } = matrixUnit;
  return `${m} x ${n} x ${k}, used by ${users} of the kernels`;
}

/** Whether registers of a kernel lie in scratch memory. */
export function spills({ spilledVgprs, scratchBytes }: CompiledKernel): boolean {
  return spilledVgprs > 0 || scratchBytes > 0;
}

function multiplies({ hottest }: CompiledKernel): boolean {
  return hottest.matrix + hottest.multiplyAdds > 0;
}

function kernelTable(kernels: readonly CompiledKernel[]): string {
  const header = COLUMNS.map(([title]) => title);
  return markdownTable([header, ...kernels.map((kernel) => COLUMNS.map(([, cell]) => String(cell(kernel))))]);
}

function summaryTable(results: readonly FamilyResult[]): string {
  const header = ['family', 'matrix units', 'kernels', 'spill', 'most VGPRs', 'fewest a SIMD', ...SHARES];
  const rows = results.map((result) => {
    const { family, kernels } = result;
    return [
      `${family.name} (${family.card}, ${family.generation})`,
      matrixUnits(result),
      String(kernels.length),
      String(kernels.filter(spills).length),
      String(mostVgprs(kernels)),
      String(fewestSubgroups(kernels)),
      ...SHARES.map((name) => sharesOf(name, kernels)),
    ];
  });
  return markdownTable([header, ...rows]);
}

/** Kernels that take most of an edit's time. */
const SHARES = ['linear', 'conv2d', 'attention'];

/** Of all variants of a kernel in f16. */
function sharesOf(name: string, kernels: readonly CompiledKernel[]): string {
  const shares = kernels
    .filter(({ site }) => site.kernel === name && site.part !== 'f32')
    .map(({ hottest }) => hottest.shareOfPeak);
  const [least, most] = [percent(Math.min(...shares)), percent(Math.max(...shares))];
  return least === most ? most : `${least} to ${most}`;
}

function mostVgprs(kernels: readonly CompiledKernel[]): number {
  return Math.max(...kernels.map(({ vgprs }) => vgprs));
}

function fewestSubgroups(kernels: readonly CompiledKernel[]): number {
  return Math.min(...kernels.map(({ subgroupsPerSimd }) => subgroupsPerSimd));
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
