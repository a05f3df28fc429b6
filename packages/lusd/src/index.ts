export type {
  BatchItems,
  Denoiser,
  Listener,
  LossGradient,
  LossOfLatents,
  Prediction,
  Prompt,
  Query,
  QueryPrompt,
  Tap,
} from './denoiser.ts';
export { type Draw, type DrawSource, LatentDraws, makeGenerator, type Rng, type Seed } from './draws.ts';
export { type Edit, type EditStep, edit, type UnreadWords } from './edit.ts';
export { type CdsOptions, cds } from './editors/cds.ts';
export type { Patches } from './editors/contrast.ts';
export { type CsdOptions, csd } from './editors/csd.ts';
export {
  ddimInversion,
  type InversionEditor,
  type InversionOptions,
  negativePromptInversion,
} from './editors/ddimInversion.ts';
export { dds } from './editors/dds.ts';
export { Descent, type DescentFacts, type DescentSettings } from './editors/descent.ts';
export { deviationOf } from './editors/deviation.ts';
export { distillationLoss } from './editors/distillationLoss.ts';
export type { DistillationEditor, DistillationOptions } from './editors/distillationOptions.ts';
export { type EditFriendlyEditor, type EditFriendlyOptions, editFriendly } from './editors/editFriendly.ts';
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
export type { GuidedOptions } from './editors/guided.ts';
export { type IdsOptions, ids } from './editors/ids.ts';
export {
  type InstructPix2PixEditor,
  type InstructPix2PixOptions,
  instructPix2Pix,
} from './editors/instructPix2Pix.ts';
export { type LusdEditor, type LusdFacts, lusd } from './editors/lusd.ts';
export type { LusdOptions } from './editors/lusdOptions.ts';
export { type MasactrlEditor, type MasactrlOptions, masactrl } from './editors/masactrl.ts';
export { METHOD_OPTIONS, type MethodOption, type MethodText } from './editors/methodOptions.ts';
export {
  type EditingMethod,
  METHOD_NAMES,
  METHODS,
  type MethodEditor,
  type MethodName,
  type OptionValue,
} from './editors/methods.ts';
export type { Instant, NumberOf } from './editors/numbers.ts';
export {
  ALGORITHM_TEXTS,
  MODEL_TEXTS,
  type OptionText,
  PICTURE_TEXTS,
  PROMPT_TEXTS,
} from './editors/optionTexts.ts';
export { type DirectInversionEditor, directInversion, type P2pEditor, p2p } from './editors/p2p.ts';
export type { DirectInversionOptions, P2pOptions } from './editors/p2pOptions.ts';
export { narrowedMask } from './editors/parts/attentionMasks.ts';
export { MAX_ATTEMPTS } from './editors/parts/filter.ts';
export { normalisedDirection } from './editors/parts/normalisation.ts';
export type { PartOptions, Parts, PartValues } from './editors/parts/partOptions.ts';
export { regularisedDirection } from './editors/parts/regulariser.ts';
export { type PdsOptions, pds } from './editors/pds.ts';
export {
  type PlugAndPlayEditor,
  type PlugAndPlayOptions,
  plugAndPlay,
} from './editors/plugAndPlay.ts';
export {
  type DirectionScaleOptions,
  directionScaleSchedule,
  narrowingSchedule,
  updateFactor,
} from './editors/schedules.ts';
export type { DrawnScore, FormulaScore, GradientScore, Score, Terms } from './editors/score.ts';
export { type SdeditEditor, type SdeditOptions, sdedit } from './editors/sdedit.ts';
export { type SdsOptions, sds } from './editors/sds.ts';
export { type SsdOptions, ssd } from './editors/ssd.ts';
export type { StepOptions } from './editors/stepOptions.ts';
export type { Weighting } from './editors/weighting.ts';
export type { EditModel, EditRequest, EditSettings, EditTokenizer } from './editRequest.ts';
export { LusdError, OptionError, PredictionError } from './errors.ts';
export type { InversionName } from './inversion/branches.ts';
export type { SigmaInterpolation } from './inversion/eulerAncestral.ts';
export { type AttentionMaps, attentionMask, MaskAverage, refinedAttention } from './mask/attentionMask.ts';
export { maskTap } from './mask/maskTap.ts';
export type { TimestepOptions, TimestepRange } from './options.ts';
export type { FrameOptions } from './picture/frame.ts';
export type { LatentDecoder, LatentSize } from './picture/latents.ts';
export { withoutBrackets } from './prompts/brackets.ts';
export { chooseTargetTokens, type TokenChoice } from './prompts/chooseTargetTokens.ts';
export { alignedTargetTokens, parityTargetTokens } from './prompts/differingTokens.ts';
export type { EditPrompts } from './prompts/editPrompts.ts';
export { explicitTargetTokens, namedTargetTokens } from './prompts/namedTokens.ts';
export { type PerceptronModel, perceptronTagger } from './prompts/perceptronTagger.ts';
export { loadBrillTagger, type Tagger } from './prompts/tagger.ts';
export type {
  PromptTokenizer,
  TargetTokens,
  TargetWord,
  TokenIdTokenizer,
  TokenSpan,
} from './prompts/targetTokens.ts';
export type { ReplacedTail } from './prompts/tokenMixture.ts';
export { RecordedDraws, recordedAttempts } from './record/replay.ts';
export { TrajectoryRecorder } from './record/trajectory.ts';
export type { RepeatedStep } from './repeatedStep.ts';
export { UNetDenoiser, type Unet } from './unetDenoiser.ts';
