/// <reference types="@webgpu/types" preserve="true" />
import './methods.ts';

export { Capture, CapturedFunction, capture } from './capture.ts';
export { compileKernels } from './compileKernels.ts';
export type { DType, HostArray, HostArrays } from './dtype.ts';
export * from './errors.ts';
export type { AdapterChoice } from './gpu/adapter.ts';
export type { MatrixAttentionTile } from './gpu/attentionMatrixTile.ts';
export type { MatrixScoresTile } from './gpu/attentionScoresTile.ts';
export type { AttentionPass, AttentionTile, ScalarAttentionTile } from './gpu/attentionTuning.ts';
export type { WinogradSize, WinogradTile } from './gpu/convTuning.ts';
export {
  currentDevice,
  type Device,
  type DeviceOptions,
  openDevice,
  setDevice,
} from './gpu/device.ts';
export type { AdapterFacts, MatrixUnit } from './gpu/facts.ts';
export type { GemmTile } from './gpu/gemmTile.ts';
export type { GemmPlan, GemmSize } from './gpu/gemmTuning.ts';
export type { MemoryReport } from './gpu/memoryLedger.ts';
export { formatProfile, type ProfileRow } from './gpu/profile.ts';
export type { Tuning, TuningOverride } from './gpu/tuning.ts';
export {
  type BackwardOptions,
  backward,
  checkpoint,
  customGradient,
  enableGrad,
  type GradientRule,
  grad,
  gradEnabled,
  inference,
  noGrad,
  requireGrad,
} from './graph.ts';
export * from './nn/index.ts';
export * from './ops/index.ts';
export * from './optim/index.ts';
export * from './random/index.ts';
export * from './safetensors/index.ts';
export { type Disposable, keep, scope } from './scope.ts';
export { dims, type Shape } from './shape.ts';
export { encodeState, type LoadStateOptions, loadState, saveState } from './stateFile.ts';
export { Tensor } from './tensor.ts';
export { formatTunedProducts } from './tune/formatTunedProducts.ts';
export {
  type TunedProduct,
  type TunedProducts,
  type TuneOptions,
  tuneProducts,
} from './tune/tuneProducts.ts';
export { warmUp } from './tune/warmUp.ts';
