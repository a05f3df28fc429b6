export {
  type BatchItems,
  type Denoiser,
  type Listener,
  type Prediction,
  type Prompt,
  type Query,
  type QueryPrompt,
  type Tap,
  UNetDenoiser,
  type Unet,
} from './denoiser.ts';
export { type Draw, type DrawSource, LatentDraws, makeGenerator, type Rng, type Seed } from './draws.ts';
export { type Edit, type EditStep, edit, type UnreadWords } from './edit.ts';
export {
  ddimInversion,
  type InversionEditor,
  type InversionOptions,
  negativePromptInversion,
} from './editors/ddimInversion.ts';
export { dds } from './editors/dds.ts';
export { deviationOf } from './editors/deviation.ts';
export {
  distillationLoss,
  narrowedMask,
  normalisedDirection,
  regularisedDirection,
} from './editors/direction.ts';
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
export type { GuidedEditor, GuidedOptions } from './editors/guidedDescent.ts';
export {
  type InstructPix2PixEditor,
  type InstructPix2PixOptions,
  instructPix2Pix,
} from './editors/instructPix2Pix.ts';
export { type LusdEditor, type LusdFacts, lusd, MAX_ATTEMPTS } from './editors/lusd.ts';
export type { LusdOptions } from './editors/lusdOptions.ts';
export { type MasactrlEditor, type MasactrlOptions, masactrl } from './editors/masactrl.ts';
export { directInversion, type P2pEditor, p2p } from './editors/p2p.ts';
export type { P2pOptions } from './editors/p2pOptions.ts';
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
export { type SdeditEditor, type SdeditOptions, sdedit } from './editors/sdedit.ts';
export { sds } from './editors/sds.ts';
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
