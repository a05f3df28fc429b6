export type { Padding } from '../kernels/window.ts';
export { argmax, argmin } from './argReduce.ts';
export {
  type AttentionOptions,
  type AttentionProbabilitiesOptions,
  type AttentionWithProbabilities,
  attentionProbabilities,
  scaledDotProductAttention,
} from './attention.ts';
export { type AttentionMapOptions, attentionMap } from './attentionMap.ts';
export * from './binary.ts';
export { cast, clone } from './cast.ts';
export * from './compare.ts';
export * from './concat.ts';
export { type Conv2dAddOption, type Conv2dOptions, conv2d } from './conv2d.ts';
export * from './create.ts';
export { type CrossEntropyOptions, crossEntropy } from './crossEntropy.ts';
export { cumsum } from './cumsum.ts';
export { dropout } from './dropout.ts';
export * from './expand.ts';
export * from './flip.ts';
export * from './gather.ts';
export * from './geglu.ts';
export { groupNorm, groupNormSilu } from './groupNorm.ts';
export * from './interpolate.ts';
export { layerNorm } from './layerNorm.ts';
export { type LinearActivation, type LinearOptions, linear } from './linear.ts';
export { type LossOptions, l1Loss, mseLoss, type SmoothL1Options, smoothL1Loss } from './losses.ts';
export { type MatmulOptions, matmul } from './matmul.ts';
export { type NormOptions, norm } from './norm.ts';
export * from './pad.ts';
export * from './permute.ts';
export { type AvgPool2dOptions, avgPool2d, maxPool2d, type Pool2dOptions } from './pool2d.ts';
export { manualSeed, type RandomOptions, rand, randn } from './random.ts';
export { type Dims, max, mean, min, type ReduceOptions, sum } from './reduce.ts';
export { flatten, reshape, squeeze, unsqueeze } from './reshape.ts';
export * from './select.ts';
export * from './slice.ts';
export { logSoftmax, softmax } from './softmax.ts';
export { toDevice } from './toDevice.ts';
export * from './unary.ts';
export { std, type VarianceOptions, variance } from './variance.ts';
