export type {
  Engine,
  KeptWeights,
  PullProgress,
  PullRequest,
  RunningEdit,
  WeightsShelf,
  WeightsSource,
} from './engine/engine.ts';
export { WorkerEngine } from './engine/workerEngine.ts';
export {
  type EditOptions,
  type EditPictureRequest,
  openEditor,
  type PictureEditor,
} from './library/openEditor.ts';
export { imageOf, pngOf } from './library/pictures.ts';
export * from './session/index.ts';
