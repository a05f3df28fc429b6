/** Facts about the adapter that decide which kernels run. */
export interface AdapterFacts {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly software: boolean;
  /** Sizes of a subgroup; 0 without the feature. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Edge of the square f16 matrices that its matrix units multiply; 0 without them. */
  readonly matrixUnit: number;
}
