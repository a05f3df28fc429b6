export {
  AttentionHooks,
  type AttentionKind,
  type AttentionLayer,
  type AttentionMap,
  type AttentionPlace,
  type AttentionRequest,
  type AttentionSite,
} from './attentionHooks.ts';
export { CheckpointError } from './checkpointError.ts';
export { ClipModel } from './clip/clip.ts';
export { parseClipConfig, parseClipTextConfig } from './clip/config.ts';
export { type ClipOptions, loadClip } from './clip/loadClip.ts';
export { clipPixels } from './clip/preprocess.ts';
export { ClipTextModel } from './clip/text.ts';
export {
  type DownloadedFile,
  type DownloadOptions,
  type DownloadProgress,
  downloadFile,
  downloadManifest,
  type WantedFile,
} from './hub/download.ts';
export { HubError, type HubErrorCode } from './hub/errors.ts';
export { type ManifestFile, parseManifest, type WeightsManifest } from './hub/manifest.ts';
export { type HubSettings, hubSettings } from './hub/settings.ts';
export { centerCrop, cropRectangle, cropSquare } from './image/crop.ts';
export { type DecodeOptions, readImage, readMask } from './image/decode.ts';
export { encodePng, writePng } from './image/encode.ts';
export type { Image, Mask } from './image/image.ts';
export { fromSignedPlanes, toClipPlanes, toSignedPlanes } from './image/planes.ts';
export { resizeBicubic, resizeMask, resizeShortSide } from './image/resize.ts';
export type { DenoiseStep, GenerationOptions } from './pipelines/denoise.ts';
export { type ImageToImageOptions, imageToImage } from './pipelines/imageToImage.ts';
export { StableDiffusion, type StableDiffusionOptions } from './pipelines/stableDiffusion.ts';
export { type TextToImageOptions, textToImage } from './pipelines/textToImage.ts';
export { type PredictionType, parseSchedulerConfig, type SchedulerConfig } from './schedulers/config.ts';
export { alphasCumprod } from './schedulers/noiseSchedule.ts';
export { createSampler, type Sampler, type SamplerName } from './schedulers/sampler.ts';
export type { Cleaning } from './tokenizer/clean.ts';
export { ClipTokenizer, type Encoding, type Token } from './tokenizer/clipTokenizer.ts';
export { loadClipTokenizer } from './tokenizer/loadTokenizer.ts';
export {
  parseMerges,
  type SpecialTokens,
  type Vocabulary,
  vocabularyFromMerges,
} from './tokenizer/vocabulary.ts';
export { type Context, PreparedContext } from './unet/attention.ts';
export { parseUNetConfig, type UNetConfig, type UNetLevel } from './unet/config.ts';
export { type Timestep, UNet2DConditionModel } from './unet/unet.ts';
export { parseVaeConfig, type VaeConfig } from './vae/config.ts';
export { AutoencoderKL } from './vae/vae.ts';
export { chooseDtype, type DTypeChoice, type DTypeDevice } from './weights/chooseDtype.ts';
export {
  type ComponentName,
  findModelFiles,
  indexComponent,
  indexWeights,
  type ModelFiles,
  readModelIndex,
} from './weights/diffusersFolder.ts';
export {
  inferClipTextConfig,
  inferSchedulerConfig,
  inferUnetConfig,
  inferVaeConfig,
} from './weights/inferConfig.ts';
export { type LoadOptions, loadWeights, type ModelLoadOptions } from './weights/load.ts';
export { matchWeights, type WeightMatch } from './weights/match.ts';
export { clipCheckpoint } from './weights/originalClip.ts';
export type { WeightDType } from './weights/readWeight.ts';
export { type SingleFileCheckpoint, splitSingleFile } from './weights/singleFile.ts';
export { readTensorTable } from './weights/tensorTable.ts';
export type { Checkpoint, TensorFile, WeightSource, WeightView } from './weights/weightSource.ts';
