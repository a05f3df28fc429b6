/** A product that matrix units take at once: [m, k] x [k, n], of f16, summed in f32. */
export interface MatrixUnit {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Facts about the adapter that decide which kernels run. */
export interface AdapterFacts {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly software: boolean;
  /** Sizes of a subgroup; 0 without the feature, and where it computes wrongly. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Whether a kernel can be pinned to one of these sizes (`subgroup-size-control`). */
  readonly subgroupSizeControl: boolean;
  /** What its matrix units multiply; null without them, and where they compute wrongly. */
  readonly matrixUnit: MatrixUnit | null;
}

/** The size of the subgroups of a kernel that must know it. */
export interface KnownSubgroup {
  readonly size: number;
  /** The size to pin the kernel to; null where subgroups have but one size. */
  readonly pin: number | null;
}

/**
 * The size of subgroups that a kernel can count on: `wanted`, if the adapter has it, else the only one that there is;
 * null if neither.
 */
export function knownSubgroup(facts: AdapterFacts, wanted = 32): KnownSubgroup | null {
  const { subgroupMinSize, subgroupMaxSize, subgroupSizeControl } = facts;
  if (subgroupMaxSize === 0) return null;
  if (subgroupMinSize === subgroupMaxSize) return { size: subgroupMinSize, pin: null };
  const offered = subgroupSizeControl && wanted >= subgroupMinSize && wanted <= subgroupMaxSize;
  return offered ? { size: wanted, pin: wanted } : null;
}

const MATRIX_LANES = 32;

/**
 * The subgroups in which the adapter's matrix units multiply: of as many lanes as a unit has columns on Intel's, of 32
 * on other GPUs; null where there are no units, or kernels cannot count on that size.
 */
export function matrixSubgroup(facts: AdapterFacts): KnownSubgroup | null {
  const { matrixUnit, vendor } = facts;
  return matrixUnit && knownSubgroup(facts, vendor === 'intel' ? matrixUnit.n : MATRIX_LANES);
}

/**
 * Workgroup memory that a kernel of eight subgroups should not pass, so that its workgroups do not wait for memory where
 * registers leave room for more of them. AMD: two fit on a compute unit's 64 KiB, of which RADV's workgroups have one
 * (Mesa 26.1.6; those of Mesa 25.0.7 had the 128 KiB of two). Others: what an H100 was measured with.
 */
export function mostWorkgroupBytes({ vendor }: AdapterFacts): number {
  return vendor === 'amd' ? 32768 : 43008;
}
