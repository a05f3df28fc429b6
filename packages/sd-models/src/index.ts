export { AttentionHooks, type AttentionMap, type AttentionRequest } from './attentionHooks.ts';
export { CheckpointError } from './checkpointError.ts';
export { ClipModel } from './clip/clip.ts';
export {
  type ClipActivation,
  type ClipConfig,
  type ClipTextConfig,
  type ClipTowerConfig,
  type ClipVisionConfig,
  parseClipConfig,
  parseClipTextConfig,
} from './clip/config.ts';
export type { ClipEncoder, ClipEncoderLayer } from './clip/encoder.ts';
export { type ClipOptions, loadClip } from './clip/loadClip.ts';
export { clipPixels, clipStretchedPixels } from './clip/preprocess.ts';
export {
  ClipTextModel,
  type ClipTextOptions,
  type ClipTextOutput,
  type ClipTextTransformer,
  type TokenIds,
} from './clip/text.ts';
export type { ClipVisionOutput, ClipVisionTransformer } from './clip/vision.ts';
export type { DinoBlock } from './dino/block.ts';
export type { DinoConfig } from './dino/config.ts';
export { DinoModel } from './dino/dino.ts';
export { loadDino } from './dino/loadDino.ts';
export { dinoPixels } from './dino/preprocess.ts';
export { type StructurePixelsOptions, structurePixels } from './dino/structurePixels.ts';
export { blobFile, blobFolder, type PickedFile, pickedFolder } from './files/blobFolder.ts';
export type { ModelFile, ModelFolder } from './files/modelFiles.ts';
export { urlFile, urlFolder } from './files/urlFolder.ts';
export { HubError, type HubErrorCode } from './hub/errors.ts';
export type { HubRevision } from './hub/hubFile.ts';
export { type ManifestFile, parseManifest, type WeightsManifest } from './hub/manifest.ts';
export { checkRepository } from './hub/names.ts';
export { pipelineFiles } from './hub/pipelineFiles.ts';
export { centerCrop, cropRectangle, cropSquare } from './image/crop.ts';
export type { Image, Mask } from './image/image.ts';
export { describeNote, type MaskNote, type PictureNote } from './image/notes.ts';
export type { Orientation } from './image/orientation.ts';
export { fromSignedPlanes, toClipPlanes, toDinoPlanes, toSignedPlanes } from './image/planes.ts';
export { readPngText, withPngText } from './image/pngText.ts';
export { resizeBicubic, resizeMask, resizeShortSide } from './image/resize.ts';
export { type JsonObject, parseJson } from './json.ts';
export { loadLpips } from './lpips/loadLpips.ts';
export { Lpips, type LpipsNormalisation, type LpipsOptions } from './lpips/lpips.ts';
export { lpipsHeads } from './lpips/lpipsHeads.ts';
export { lpipsPixels } from './lpips/preprocess.ts';
export type { SqueezeNet } from './lpips/squeezeNet.ts';
export type { DenoiseStep, GenerationOptions } from './pipelines/denoise.ts';
export { type ImageToImageOptions, imageToImage } from './pipelines/imageToImage.ts';
export {
  type LongPromptOptions,
  StableDiffusion,
  type StableDiffusionOptions,
} from './pipelines/stableDiffusion.ts';
export { type TextToImageOptions, textToImage } from './pipelines/textToImage.ts';
export { trainedSize } from './pipelines/trainedSize.ts';
export { formatPythonJson, JsonSyntaxError, parsePythonJson } from './pythonJson.ts';
export { parseSchedulerConfig, type SchedulerConfig } from './schedulers/config.ts';
export { createSampler, type SamplerFactory, type SamplerOptions } from './schedulers/createSampler.ts';
export type { BetaSchedule, ModelledNoise, NoiseConfig, PredictionType } from './schedulers/noiseConfig.ts';
export { type Moment, NoiseSchedule } from './schedulers/noiseSchedule.ts';
export type { Sampler } from './schedulers/sampler.ts';
export {
  type IgnoredField,
  type SamplerName,
  type SamplingConfig,
  type SigmaSpacing,
  type TimestepSpacing,
  unfollowedFields,
} from './schedulers/samplerFields.ts';
export type { AddedToken, AddedTokenFlags } from './tokenizer/addedTokens.ts';
export type { Span } from './tokenizer/alignedText.ts';
export type { Merge } from './tokenizer/bpe.ts';
export type { Cleaning } from './tokenizer/clean.ts';
export { ClipTokenizer, type Encoding, type Token } from './tokenizer/clipTokenizer.ts';
export { type ClipTokenizerKind, defaultClipTokenizer } from './tokenizer/defaultClipTokenizer.ts';
export { loadClipTokenizer } from './tokenizer/loadTokenizer.ts';
export { type ReadTokenizerFile, readVocabulary } from './tokenizer/tokenizerFiles.ts';
export {
  parseMerges,
  type SpecialTokens,
  type Vocabulary,
  vocabularyFromMerges,
} from './tokenizer/vocabulary.ts';
export { type VocabularyMismatch, vocabularyMismatch } from './tokenizer/vocabularyMismatch.ts';
export { type Attention, type KeysValues, PreparedContext } from './unet/attention.ts';
export type { BlockInputs, DownBlock, LayerFactory, MidBlock, UpBlock } from './unet/blocks.ts';
export type { AddedConditioning, Conditioning, Context } from './unet/conditioning.ts';
export { parseUNetConfig, type UNetConfig, type UNetLevel } from './unet/config.ts';
export type {
  AttentionHook,
  AttentionKind,
  AttentionLayer,
  AttentionSite,
  QueriesKeysValues,
  ResnetHook,
  ResnetSite,
  UNetHooks,
  UNetPlace,
} from './unet/hooks.ts';
export type { Downsample2D, ResnetBlock2D, ResnetOptions, Upsample2D } from './unet/resnet.ts';
export type { TimestepEmbedding } from './unet/timestep.ts';
export type {
  BasicTransformerBlock,
  Transformer2DModel,
  TransformerInputs,
  TransformerOptions,
} from './unet/transformer.ts';
export { type Timestep, UNet2DConditionModel } from './unet/unet.ts';
export type { VaeAttention, VaeDownsample, VaeMidBlock } from './vae/blocks.ts';
export { parseVaeConfig, type VaeConfig } from './vae/config.ts';
export type { Decoder, UpDecoderBlock } from './vae/decoder.ts';
export type { DownEncoderBlock, Encoder } from './vae/encoder.ts';
export type { TilingOptions } from './vae/tiling.ts';
export { AutoencoderKL, type LatentDistribution } from './vae/vae.ts';
export {
  Checkpoint,
  type CheckpointParts,
  type CheckpointProblem,
  COMPONENT_NAMES,
  type PartName,
} from './weights/checkpoint.ts';
export { chooseDtype, type DTypeChoice, type DTypeDevice } from './weights/chooseDtype.ts';
export {
  Component,
  type SchedulerComponent,
  type StoredComponent,
  type TextEncoderComponent,
  type UNetComponent,
  type VaeComponent,
} from './weights/component.ts';
export type { ComponentName } from './weights/diffusersFolder.ts';
export type { TokenizerComponent } from './weights/findTokenizer.ts';
export { type LoadOptions, loadWeights, type ModelLoadOptions } from './weights/load.ts';
export { type CheckpointOptions, openCheckpoint } from './weights/openCheckpoint.ts';
export type { WeightDType } from './weights/readWeight.ts';
export type { StateDict, WeightSource, WeightView } from './weights/weightSource.ts';
