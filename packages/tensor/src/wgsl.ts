/// <reference types="@webgpu/types" preserve="true" />
/**
 * What operations are made of: WGSL kernels, their launch, and the gradient rule that makes an operation of them.
 * Every operation of the library is written with these.
 */
import './methods.ts';

export type { Workgroups } from './gpu/commands.ts';
export type { BindingAccess, Kernel } from './gpu/pipelines.ts';
export { needsGrad, record } from './graph.ts';
export { type PointwiseSpec, pointwise } from './kernels/pointwise.ts';
export { type LaunchOptions, type RunOptions, run } from './kernels/run.ts';
export {
  type Binding,
  defineKernel,
  type KernelSpec,
  type Params,
  type ParamType,
  type ParamValues,
  valueType,
  type WgslKernel,
  type Width,
} from './kernels/wgsl.ts';
export type { Plain } from './memoize.ts';
