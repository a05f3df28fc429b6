export { TaggerModelError } from '../errors.ts';
export { findPieBench, type PieBenchSources } from './findPieBench.ts';
export { type EvaluationSources, findTurns } from './findTurns.ts';
export type { FoundItems } from './foundItems.ts';
export { loadPerceptronModel } from './perceptronModel.ts';
