export type { Generator } from './generator.ts';
export { TorchCpuGenerator } from './torchCpuGenerator.ts';
export { TorchCudaGenerator, type TorchCudaOptions } from './torchCudaGenerator.ts';
