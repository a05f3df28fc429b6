export { type AttentionMaps, attentionMask, MaskAverage, refinedAttention } from './attentionMask.ts';
export { distillationLoss, narrowedMask, normalisedDirection, regularisedDirection } from './direction.ts';
export { type Draw, type DrawSource, GeneratorDraws, makeGenerator, type Rng } from './draws.ts';
export { Edit, type EditRequest, type EditResult, type EditStep, edit, type UnreadWords } from './edit.ts';
export * from './errors.ts';
export {
  composite,
  type Frame,
  type FrameOptions,
  frameImage,
  frameMask,
  planFrame,
  unframeImage,
} from './frame.ts';
export { type Attempt, acceptedAttempt, type FilterContext, MAX_ATTEMPTS } from './gradientFilter.ts';
export * from './metrics/index.ts';
export { NoiseSchedule } from './noise.ts';
export { type LatentProblem, type LatentStep, optimizeLatents } from './optimizeLatents.ts';
export { type EditOptions, parseEditOptions, timestepLimit } from './options.ts';
export { type NoisePredictor, Prediction, type PromptContexts, UNetPredictor } from './prediction.ts';
export * from './prompts/index.ts';
export * from './schedules.ts';
export { RecordedDraws, recordedAttempts, TrajectoryRecorder } from './trajectory.ts';
