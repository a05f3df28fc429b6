import type { Case } from './cases.ts';
import type { OpenOptions } from './library.ts';

/** What the parent asks of a worker, one at a time. */
export type Request =
  | { readonly ask: 'open'; readonly module: string; readonly options: OpenOptions }
  | { readonly ask: 'prepare'; readonly benchCase: Case }
  | { readonly ask: 'measure'; readonly iterations: number }
  | { readonly ask: 'release' };

export interface Answers {
  readonly open: { readonly adapter: string; readonly software: boolean };
  readonly prepare: {
    /** Some of the result's elements, for the check. */
    readonly sample: Float32Array;
    /** Milliseconds of the first run, with compilation. */
    readonly firstMs: number;
    /** Milliseconds of the second. */
    readonly secondMs: number;
  };
  readonly measure: Measurement;
  readonly release: {
    /** Most device memory held since the case was prepared; null if the library does not count it. */
    readonly peakBytes: number | null;
  };
}

/** Milliseconds a run, averaged over the iterations asked for. */
export interface Measurement {
  readonly wallMs: number;
  /** Of all threads of the process, hence of a software driver's kernels too. */
  readonly cpuMs: number;
}

export type Reply = { readonly answer: Answers[keyof Answers] } | { readonly error: string };
