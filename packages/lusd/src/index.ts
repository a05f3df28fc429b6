export {
  type Denoiser,
  type Listener,
  type Prediction,
  type Prompt,
  type Query,
  type Tap,
  UNetDenoiser,
  type Unet,
} from './denoiser.ts';
export { type Draw, type DrawSource, LatentDraws, makeGenerator, type Rng, type Seed } from './draws.ts';
export { type Edit, type EditStep, edit, type UnreadWords } from './edit.ts';
export { dds } from './editors/dds.ts';
export { deviationOf } from './editors/deviation.ts';
export {
  distillationLoss,
  narrowedMask,
  normalisedDirection,
  regularisedDirection,
} from './editors/direction.ts';
export {
  type Distillation,
  distil,
  type Editor,
  type Facts,
  type Problem,
  type State,
  type Step,
  type Verdict,
} from './editors/editor.ts';
export type { GuidedEditor, GuidedOptions } from './editors/guidedDescent.ts';
export { type LusdEditor, type LusdFacts, lusd, MAX_ATTEMPTS } from './editors/lusd.ts';
export type { LusdOptions } from './editors/lusdOptions.ts';
export {
  ALGORITHM_TEXTS,
  MODEL_TEXTS,
  type OptionText,
  PICTURE_TEXTS,
  PROMPT_TEXTS,
} from './editors/optionTexts.ts';
export {
  type DirectionScaleOptions,
  directionScaleSchedule,
  narrowingSchedule,
  updateFactor,
} from './editors/schedules.ts';
export { sds } from './editors/sds.ts';
export type { EditModel, EditRequest, EditSettings, EditTokenizer } from './editRequest.ts';
export { LusdError, OptionError, PredictionError } from './errors.ts';
export { type AttentionMaps, attentionMask, MaskAverage, refinedAttention } from './mask/attentionMask.ts';
export { maskTap } from './mask/maskTap.ts';
export type { TimestepOptions, TimestepRange } from './options.ts';
export type { FrameOptions } from './picture/frame.ts';
export type { LatentDecoder, LatentSize } from './picture/latents.ts';
export { withoutBrackets } from './prompts/brackets.ts';
export { chooseTargetTokens, type TokenChoice } from './prompts/chooseTargetTokens.ts';
export { alignedTargetTokens, parityTargetTokens } from './prompts/differingTokens.ts';
export { explicitTargetTokens, namedTargetTokens } from './prompts/namedTokens.ts';
export { type PerceptronModel, perceptronTagger } from './prompts/perceptronTagger.ts';
export { loadBrillTagger, type Tagger } from './prompts/tagger.ts';
export type { PromptTokenizer, TargetTokens, TargetWord, TokenSpan } from './prompts/targetTokens.ts';
export { RecordedDraws, recordedAttempts } from './record/replay.ts';
export { TrajectoryRecorder } from './record/trajectory.ts';
