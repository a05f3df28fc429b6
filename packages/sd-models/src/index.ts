export {
  AttentionHooks,
  type AttentionKind,
  type AttentionLayer,
  type AttentionMap,
  type AttentionPlace,
  type AttentionRequest,
  type AttentionSite,
} from './attentionHooks.ts';
export { type Context, PreparedContext } from './unet/attention.ts';
export { parseUNetConfig, type UNetConfig, type UNetLevel } from './unet/config.ts';
export { type Timestep, UNet2DConditionModel } from './unet/unet.ts';
export { type LoadOptions, loadWeights } from './weights/load.ts';
export type { WeightDType } from './weights/readWeight.ts';
export {
  type Checkpoint,
  CheckpointError,
  type TensorFile,
  type WeightSource,
  type WeightView,
} from './weights/weightSource.ts';
