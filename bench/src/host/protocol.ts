/** Milliseconds of the host, medians. */
export interface HostCost {
  readonly adapter: string;
  /** Kernels of a UNet call. */
  readonly launches: number;
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

export interface Times {
  readonly wall: number;
  readonly processor: number;
}
