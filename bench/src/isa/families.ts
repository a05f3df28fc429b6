/** A family of AMD GPUs that the driver compiles for, and what one of its SIMDs can do. */
export interface Family {
  /** As RADV_FORCE_FAMILY names it. */
  readonly name: string;
  /** A card that has it. */
  readonly card: string;
  readonly generation: string;
  /** Lanes that an ordinary vector instruction works on in a cycle. */
  readonly lanes: 16 | 32;
  /** Whether two of certain f32 instructions, or both halves of one of 64 lanes, are issued in a cycle. */
  readonly dualIssue: boolean;
  /** How many times as long as an ordinary instruction a transcendental one keeps other work from being issued. */
  readonly transcendentalCost: 1 | 4;
  /** Cycles of a product of f16 matrices, 16 x 16 x 16; null without matrix units of such a size. */
  readonly matrixCycles: number | null;
}

const RDNA = { lanes: 32, transcendentalCost: 1 } as const;
const GCN = { lanes: 16, dualIssue: false, transcendentalCost: 4, matrixCycles: null } as const;

/**
 * What the table is made for, the first in full where there is no room for all: the families that Mesa's shim for the
 * kernel's interface knows, of which CDNA is none.
 *
 * Matrix cycles: RDNA 3 does 512 f16 operations a cycle and compute unit (AMD's matrix instruction calculator: 32
 * cycles for the 8192 of a product, on one of the unit's two SIMDs), RDNA 4 does 1024.
 */
export const FAMILIES: readonly Family[] = [
  { name: 'navi31', card: 'RX 7900', generation: 'RDNA 3', ...RDNA, dualIssue: true, matrixCycles: 32 },
  { name: 'gfx1201', card: 'RX 9070', generation: 'RDNA 4', ...RDNA, dualIssue: true, matrixCycles: 16 },
  { name: 'strix1', card: 'Radeon 890M', generation: 'RDNA 3.5', ...RDNA, dualIssue: true, matrixCycles: 32 },
  { name: 'navi21', card: 'RX 6800', generation: 'RDNA 2', ...RDNA, dualIssue: false, matrixCycles: null },
  { name: 'vega20', card: 'Radeon VII', generation: 'GCN 5.1', ...GCN },
  { name: 'renoir', card: 'Ryzen 4000', generation: 'GCN 5', ...GCN },
  { name: 'polaris10', card: 'RX 480', generation: 'GCN 4', ...GCN },
];
