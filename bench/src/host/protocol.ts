/** Milliseconds of the host, medians, and what the device is asked for. */
export interface HostCost {
  readonly adapter: string;
  /** Kernels of a UNet call by name, the most frequent first. */
  readonly launches: readonly KernelLaunches[];
  /** Edits of squares. */
  readonly edits: readonly EditMemory[];
  /** A UNet call recorded anew, by the clock and by the process's time on all cores. */
  readonly eager: Times;
  /** The same as a replay. */
  readonly replayed: Times;
  /** An iteration of LUSD whose first draw is accepted. */
  readonly iteration: Times;
  /** 200 small operations, called again. */
  readonly smallEager: Times;
  /** The same as a replay. */
  readonly smallReplayed: Times;
}

export interface KernelLaunches {
  readonly name: string;
  readonly count: number;
}

/** The most device memory that an edit held at once, the weights included. */
export interface EditMemory {
  /** Side in pixels. */
  readonly side: number;
  readonly peakBytes: number;
  /** The same with a preview of every iteration. */
  readonly previewPeakBytes: number;
}

export interface Times {
  readonly wall: number;
  readonly processor: number;
}
