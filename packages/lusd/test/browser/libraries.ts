export * as models from '@lusd/sd-models';
export * as tensor from '@lusd/tensor';
export * as lusd from '../../src/index.ts';
