export { CONTENT_SECURITY_POLICY } from '../contentSecurityPolicy.ts';
export { RunControl } from './control.ts';
export { EngineError, type Failure, type FailureKind } from './engineError.ts';
export type { EditEvent, Ended, Preview, Started, Step } from './events.ts';
export { failureOf } from './failure.ts';
export { type MarkedPrompt, type MarkedWord, markWords, type WordSettings } from './markWords.ts';
export { type ChosenMethod, type MethodSettings, stepsOf, usesNegative, usesWords } from './method.ts';
export { type ModelFacts, type ModelSettings, type OpenModel, openModel } from './openModel.ts';
export { optionOf } from './optionText.ts';
export { pickedModel } from './pickedModel.ts';
export { type EditJob, runEdit } from './runEdit.ts';
export {
  DEFAULT_SETTINGS,
  parseSettings,
  readSettings,
  SettingsError,
  type StudioSettings,
} from './settings.ts';
export { decodeEvent, encodeEvent } from './wire.ts';
