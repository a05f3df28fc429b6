import type { PackedParams } from './params.ts';
import type { Pipeline } from './pipelines.ts';

/** Workgroups of one dispatch along each axis. */
export type Workgroups = readonly [x: number, y: number, z: number];

/** What a kernel is launched on. */
export interface Launch {
  readonly buffers: readonly GPUBuffer[];
  /** The `params` uniform, at most PARAMS_BYTES; read before the next launch. */
  readonly params: PackedParams;
  readonly workgroups: Workgroups;
  /** Floating-point operations, for the profile. */
  readonly flops: number;
  /** Bytes read and written, for the profile. */
  readonly bytes: number;
}

/** One dispatch with all that it needs to be encoded, now or again in a replay. */
export interface Dispatch extends Launch {
  readonly pipeline: Pipeline;
}

/** A dispatch with its bind group. */
export interface PreparedDispatch {
  readonly dispatch: Dispatch;
  readonly group: GPUBindGroup;
}

/** A copy between two buffers, both offsets in bytes. */
export interface Copy {
  readonly source: GPUBuffer;
  readonly sourceOffset: number;
  readonly target: GPUBuffer;
  readonly targetOffset: number;
  readonly bytes: number;
}

export type Command = Dispatch | Copy;

/** Dispatches between two submits: many enough to hide the submit, few enough to keep the device busy. */
export const BATCH = 128;

/** Whether `command` is a copy rather than a dispatch. */
export function isCopy(command: Command | PreparedDispatch): command is Copy {
  return 'source' in command;
}
