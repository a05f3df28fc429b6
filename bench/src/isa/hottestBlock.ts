import type { Family } from './families.ts';
import {
  type Block,
  type Instruction,
  type InstructionKind,
  type Issue,
  innermostLoop,
  kindOf,
  loadsScalarHalf,
  localLoadBytes,
} from './instructions.ts';

/** What is in a kernel's innermost loop, as far as one block tells. Counts are of instructions in one pass of it. */
export interface BlockCounts {
  readonly name: string;
  readonly matrix: number;
  /** Floating-point multiply-adds; a packed one or a dot product counts once. */
  readonly multiplyAdds: number;
  /** Of these, those that are issued two at once. */
  readonly dualMultiplyAdds: number;
  /** Loads of workgroup memory. */
  readonly localLoads: number;
  /** Bytes that these bring a lane. */
  readonly localLoadBytes: number;
  /** Of these, those that bring a single f16 a lane. */
  readonly scalarHalfLoads: number;
  readonly globalLoads: number;
  readonly conversions: number;
  /** Every other vector instruction; two that are issued at once count once. */
  readonly otherVector: number;
  /** Arithmetic of the scalar unit. */
  readonly scalar: number;
  /** See {@link shareOfPeak}. */
  readonly shareOfPeak: number;
}

/** A kernel's hottest block, and the loop around it. */
export interface HottestBlock extends BlockCounts {
  /**
   * {@link shareOfPeak} of all blocks of the innermost loop around it, each counted once: of what is staged for it too,
   * if that is in the same loop; of branches that are seldom taken as well.
   */
  readonly shareOfPeakInLoop: number;
}

/** The block with most matrix operations, else most multiply-adds, else most vector instructions. */
export function hottestBlock(blocks: readonly Block[], subgroupSize: number, family: Family): HottestBlock {
  const vector = ({ conversions, otherVector }: BlockCounts) => conversions + otherVector;
  const [block, counts] = blocks
    .map((block) => [block, countBlock(block, subgroupSize, family)] as const)
    .reduce((hottest, candidate) => {
      const [a, b] = [candidate[1], hottest[1]];
      const more = a.matrix - b.matrix || a.multiplyAdds - b.multiplyAdds || vector(a) - vector(b);
      return more > 0 ? candidate : hottest;
    });
  const loop = innermostLoop(blocks, block).flatMap(({ issues }) => issues);
  return { ...counts, shareOfPeakInLoop: shareOfPeak(loop, subgroupSize, family) };
}

function countBlock({ name, issues }: Block, subgroupSize: number, family: Family): BlockCounts {
  const all = issues.flat();
  const count = (kind: InstructionKind, among: readonly Instruction[] = all) =>
    among.filter((instruction) => kindOf(instruction) === kind).length;
  const dual = issues.filter((issue) => issue.length > 1);
  const ofVectors = (issue: Issue) => issue.every((half) => kindOf(half) === 'vector');
  return {
    name,
    matrix: count('matrix'),
    multiplyAdds: count('multiplyAdd'),
    dualMultiplyAdds: count('multiplyAdd', dual.flat()),
    localLoads: count('localLoad'),
    localLoadBytes: all.reduce((sum, instruction) => sum + localLoadBytes(instruction), 0),
    scalarHalfLoads: all.filter(loadsScalarHalf).length,
    globalLoads: count('globalLoad'),
    conversions: count('conversion'),
    otherVector: issues.filter(ofVectors).length,
    scalar: count('scalar'),
    shareOfPeak: shareOfPeak(issues, subgroupSize, family),
  };
}

/** Instructions that exist as halves of a dual one, and that RDNA 3 therefore does for 64 lanes in one cycle. */
const PAIRABLE =
  /^v_(?:fmac|fmaak|fmamk|mul|mul_legacy|mul_dx9_zero|add|sub|subrev|max|min|dot2acc)_f32(?:_f16)?(?:_e32)?$|^v_(?:mov|cndmask)_b32(?:_e32)?$/;
/** Two products a lane, at the rate of ordinary instructions: the peak of f16 arithmetic. */
const PACKED = /^v_(?:pk_|dot2)/;
const TRANSCENDENTAL = /^v_(?:exp|log|rcp|rsq|sqrt|sin|cos)_f/;

/**
 * Which share of a SIMD's multiply-adds, or of its matrix units' time, a block uses if nothing but vector instructions
 * takes time: loads, the scalar unit and waiting run beside them, as they do when enough subgroups are resident. So it
 * is an upper bound, which conversions, address arithmetic and single issue lower.
 *
 * Cycles: an instruction takes `subgroupSize / lanes`; a dual one (subgroups of 32 only), and a pairable one of 64
 * lanes on a GPU with dual issue, one; a transcendental one `transcendentalCost` times as many; a product of matrices
 * `matrixCycles`, in which no other vector instruction is issued. What a SIMD could do in a cycle: `lanes`
 * multiply-adds, twice as many with dual issue; packed f16 and dot products are measured at their own rate.
 */
function shareOfPeak(issues: readonly Issue[], subgroupSize: number, family: Family): number {
  const cost = (issue: Issue) => cyclesOf(issue, subgroupSize, family);
  const total = issues.reduce((sum, issue) => sum + cost(issue), 0);
  const useful = issues.reduce(
    (sum, issue) => sum + usefulCycles(issue, cost(issue), subgroupSize, family),
    0,
  );
  return total === 0 ? 0 : useful / total;
}

function cyclesOf(issue: Issue, subgroupSize: number, family: Family): number {
  const [instruction] = issue;
  if (!instruction?.opcode.startsWith('v_')) return 0;
  const cycles = subgroupSize / family.lanes;
  if (kindOf(instruction) === 'matrix') return family.matrixCycles ?? cycles;
  if (TRANSCENDENTAL.test(instruction.opcode)) return cycles * family.transcendentalCost;
  const atOnce = issue.length > 1 || (family.dualIssue && PAIRABLE.test(instruction.opcode));
  return atOnce ? 1 : cycles;
}

/** The cycles that the multiply-adds of `issue` would take at the peak. */
function usefulCycles(issue: Issue, cycles: number, subgroupSize: number, family: Family): number {
  const [instruction] = issue;
  if (!instruction) return 0;
  if (kindOf(instruction) === 'matrix' || isPacked(instruction)) return cycles;
  const multiplyAdds = issue.filter((half) => kindOf(half) === 'multiplyAdd').length;
  return (multiplyAdds * subgroupSize) / (family.lanes * (family.dualIssue ? 2 : 1));
}

function isPacked(instruction: Instruction): boolean {
  return PACKED.test(instruction.opcode) && kindOf(instruction) === 'multiplyAdd';
}
