export type {
  BrowserPicture,
  Engine,
  KeptWeights,
  PictureJob,
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
export { pngOf } from './library/pictures.ts';
export { imageOf } from './library/pixels.ts';
export * from './session/index.ts';
