/** Milliseconds of the host, medians. */
export interface HostCost {
  readonly adapter: string;
  /** Kernels of a UNet call. */
  readonly launches: number;
  readonly rows: readonly HostRow[];
}

/** One thing that was measured. */
export interface HostRow {
  readonly name: string;
  readonly times: Times;
}

/** By the clock, and by the process's time on all cores. */
export interface Times {
  readonly wall: number;
  readonly processor: number;
}

/** Message of the measuring process. */
export type HostMessage = { readonly result: HostCost } | { readonly error: string };
