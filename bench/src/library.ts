import type { Case } from './cases.ts';

/** One operation on one library, its inputs on the device. */
export interface Prepared {
  /** Enqueues the operation once and drops its result. */
  run(): void | Promise<void>;
  /** The result of the operation, in our layout. */
  output(): Promise<Float32Array>;
  dispose(): void | Promise<void>;
}

/** A library opened on the adapter under test. */
export interface Library {
  /** @throws Error with the reason if the library cannot do `benchCase` */
  prepare(benchCase: Case): Prepared | Promise<Prepared>;
  /** Resolves when everything enqueued has run. */
  sync(): Promise<void>;
  /** Most device memory held since the last call, in bytes; left out by libraries that do not count it. */
  takePeakBytes?(): number;
}

export const ADAPTERS = ['auto', 'gpu', 'lavapipe', 'swiftshader'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

export interface OpenOptions {
  readonly dtype: 'f32' | 'f16';
  readonly adapter: AdapterName;
}

/** What a module of a library exports. */
export interface LibraryModule {
  open(options: OpenOptions): Promise<Library>;
}
