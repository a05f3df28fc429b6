/** One instruction: its name, and what follows it. */
export interface Instruction {
  readonly opcode: string;
  readonly operands: string;
}

/** What is issued at once: one instruction, or the two halves of a dual one (VOPD, `v_dual_..`). */
export type Issue = readonly Instruction[];

/** Instructions between two branches or their targets. */
export interface Block {
  /** As the disassembly labels it, such as BB12. */
  readonly name: string;
  readonly issues: readonly Issue[];
}

export type InstructionKind =
  | 'matrix'
  | 'multiplyAdd'
  | 'conversion'
  | 'localLoad'
  | 'globalLoad'
  | 'vector'
  | 'scalar'
  | 'other';

/** Floating-point multiply-adds; those of integers compute addresses. */
const MULTIPLY_ADD =
  /^v_(?:dual_)?(?:pk_)?(?:fma|fmac|fmaak|fmamk|mad|mac|madak|madmk|dot2|dot2c|dot2acc)(?:_legacy|_dx9_zero|_mix|_mixlo|_mixhi)?_f(?:16|32)/;
/** These take f16 operands as f32, by which the compiler also converts, adds and multiplies. */
const MIXED = /^v_(?:fma|mad)_mix/;
/** Of no work: waiting, hints, and the program's flow. */
const IDLE =
  /^s_(?:wait|delay|nop|clause|sleep|barrier|sendmsg|endpgm|code_end|branch|cbranch|\w*inst_prefetch)/;

/** In order: the first that an opcode matches is its kind. */
const KINDS: readonly (readonly [RegExp, InstructionKind])[] = [
  [/^v_(?:wmma|swmmac|mfma|smfmac)/, 'matrix'],
  [MULTIPLY_ADD, 'multiplyAdd'],
  [/^v_cvt_/, 'conversion'],
  [/^v_/, 'vector'],
  [/^ds_(?:load|read)/, 'localLoad'],
  [/^(?:buffer|global|flat)_load/, 'globalLoad'],
  [/^s_(?:buffer_)?load/, 'other'],
  [IDLE, 'other'],
  [/^s_/, 'scalar'],
];

/** What kind of work an instruction does. */
export function kindOf({ opcode, operands }: Instruction): InstructionKind {
  const kind = KINDS.find(([pattern]) => pattern.test(opcode))?.[1] ?? 'other';
  return kind === 'multiplyAdd' && MIXED.test(opcode) ? kindOfMixed(operands) : kind;
}

/** h x 1 + 0 is a conversion; with either of the two it is an addition or a product. */
function kindOfMixed(operands: string): InstructionKind {
  const byOne = /(?:^|[ ,])1\.0\b/.test(operands);
  const plusZero = /, (?:neg\(0\)|-?0)(?: |$)/.test(operands);
  if (byOne && plusZero) return 'conversion';
  return byOne || plusZero ? 'vector' : 'multiplyAdd';
}

/** Whether a load of workgroup memory brings one f16 a lane. */
export function loadsScalarHalf({ opcode }: Instruction): boolean {
  return /^ds_(?:load|read)_u16/.test(opcode);
}

const LOCAL_LOAD = /^ds_(?:load|read)_(2addr\w*_|2\w*_)?\w*?[bui](\d+)/;

/** Bytes that a load of workgroup memory brings a lane; 0 for other instructions. */
export function localLoadBytes({ opcode }: Instruction): number {
  const [, twice, bits = '0'] = LOCAL_LOAD.exec(opcode) ?? [];
  return (Number(bits) / 8) * (twice ? 2 : 1);
}

const BLOCK = /^(BB\d+):?$/;
/** Results before the instruction, in the listing of Mesa's own compiler. */
const RESULTS = /^.* = /;
/** Machine code that the disassembler does not know, such as moves of halves of RDNA 3's registers. */
const UNKNOWN = /^\(invalid instruction\) *; ([0-9a-f]{8})/;

/**
 * The blocks of a disassembly: LLVM's, or the compiler's own listing (ACO), which RADV prints where LLVM does not know
 * the GPU.
 */
export function parseBlocks(disassembly: string): Block[] {
  const blocks: { name: string; issues: Issue[] }[] = [];
  for (const line of disassembly.split('\n')) {
    const name = BLOCK.exec(line)?.[1];
    const unknown = UNKNOWN.exec(line)?.[1];
    if (name) blocks.push({ name, issues: [] });
    else if (unknown) blocks.at(-1)?.issues.push([unknownInstruction(unknown)]);
    else if (line.startsWith('\t')) blocks.at(-1)?.issues.push(parseIssue(line));
  }
  return blocks;
}

function parseIssue(line: string): Issue {
  const [code = ''] = line.split(';');
  return code.split(' :: ').map((part) => {
    const [opcode = '', ...operands] = part.replace(RESULTS, '').trim().split(/\s+/);
    return { opcode, operands: operands.join(' ') };
  });
}

/** Its unit, by the encoding: VOP1, VOP2 and VOPC begin with 0, VOP3 with 1101, scalar ones with 10. */
function unknownInstruction(word: string): Instruction {
  const unit = /^[0-7d]/.test(word) ? 'v' : /^[89ab]/.test(word) ? 's' : '';
  return { opcode: `${unit}_unknown`, operands: word };
}

/** The blocks of the innermost loop around `block`, as they lie in memory; outside of loops, `block` alone. */
export function innermostLoop(blocks: readonly Block[], block: Block): readonly Block[] {
  const position = new Map(blocks.map(({ name }, i) => [name, i]));
  const at = blocks.indexOf(block);
  const loops = blocks.flatMap(({ issues }, end) =>
    issues.flat().flatMap((instruction) => {
      const start = position.get(branchTarget(instruction) ?? '');
      return start !== undefined && start <= at && at <= end ? [blocks.slice(start, end + 1)] : [];
    }),
  );
  return loops.reduce(
    (shortest, loop) => (loop.length < shortest.length ? loop : shortest),
    loops[0] ?? [block],
  );
}

/** The name of the block that an instruction branches to; null if it does not branch. */
function branchTarget({ opcode, operands }: Instruction): string | null {
  return /^s_c?branch/.test(opcode) ? (/BB\d+/.exec(operands)?.[0] ?? null) : null;
}
