export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { clipGradNorm } from './clipGradNorm.ts';
export { ExponentialMovingAverage } from './ema.ts';
export type { Learnable } from './learnable.ts';
export { Optimizer } from './optimizer.ts';
export * from './schedules.ts';
export { SGD, type SGDOptions } from './sgd.ts';
