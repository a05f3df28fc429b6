export { TaggerModelError } from '../errors.ts';
export { type EvaluationSources, type FoundTurns, findTurns } from './findTurns.ts';
export { loadPerceptronModel } from './perceptronModel.ts';
