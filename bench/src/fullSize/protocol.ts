import type { AdapterName } from '../library.ts';
import type { LayerKind } from './layerKinds.ts';

/** What the measuring process is asked to do. */
export interface FullSizeRequest {
  /** Diffusers folder of a Stable Diffusion 1.5. */
  readonly folder: string;
  readonly adapter: AdapterName;
  /** Parts of the pipeline to time by layer kind before the edit. */
  readonly profile: boolean;
}

export interface LoadMeasurement {
  readonly seconds: number;
  /** Of the largest stored tensor. */
  readonly largestTensorBytes: number;
  /** The most host memory that loading added at any time, beyond the device's. */
  readonly hostBytes: number;
  /** What the pool held when it was done: the weights. */
  readonly deviceBytes: number;
}

export interface PartMeasurement {
  readonly name: string;
  /** By the clock, and by the process's processor time over the number of cores, as if it had been alone. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most device memory held at once, the weights included. */
  readonly devicePeakBytes: number;
  /** Of a second run. Null if the part is not profiled. */
  readonly kinds: readonly LayerKind[] | null;
}

export interface FullSizeResult {
  readonly machine: { readonly adapter: string; readonly software: boolean; readonly bindingBytes: number };
  readonly loading: LoadMeasurement;
  readonly parts: readonly PartMeasurement[];
  readonly edit: PartMeasurement;
  /** The process's peak, from its start to its end; on a software adapter it includes the device's memory. */
  readonly residentPeakBytes: number;
}

/** Messages of the measuring process. */
export type FullSizeMessage =
  | { readonly progress: string }
  | { readonly result: FullSizeResult }
  | { readonly error: string };
