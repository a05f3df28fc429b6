import type { AdapterFacts } from '../../src/index.ts';

/** Facts as adapters report them, for choices that are tested without one. */
export const NVIDIA: AdapterFacts = {
  name: 'a GPU',
  vendor: 'nvidia',
  architecture: 'hopper',
  software: false,
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
  subgroupSizeControl: false,
  matrixUnit: { m: 16, n: 16, k: 16 },
};
export const AMD: AdapterFacts = {
  ...NVIDIA,
  vendor: 'amd',
  architecture: 'rdna-3',
  subgroupMaxSize: 64,
  subgroupSizeControl: true,
};
export const GCN: AdapterFacts = { ...AMD, architecture: 'gcn-4', subgroupMinSize: 64, matrixUnit: null };
export const INTEL: AdapterFacts = {
  ...AMD,
  vendor: 'intel',
  architecture: 'xe-2lpg',
  subgroupMinSize: 16,
  subgroupMaxSize: 32,
  matrixUnit: { m: 8, n: 16, k: 16 },
};
export const APPLE: AdapterFacts = {
  ...NVIDIA,
  vendor: 'apple',
  architecture: 'metal-3',
  matrixUnit: { m: 8, n: 8, k: 8 },
};
export const LAVAPIPE: AdapterFacts = {
  ...NVIDIA,
  vendor: 'mesa',
  architecture: 'llvmpipe',
  software: true,
  subgroupMinSize: 8,
  subgroupMaxSize: 8,
  matrixUnit: { m: 8, n: 8, k: 8 },
};
