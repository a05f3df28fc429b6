import type { KeptWeights, PictureJob, PullProgress, PullRequest, WeightsSource } from '../engine/engine.ts';
import type { EditEvent, MarkedPrompt, ModelFacts, ModelSettings, WordSettings } from '../session/index.ts';

/** What a page may do to a running edit. */
export type ControlAction = 'pause' | 'resume' | 'stop';

/** What the worker can be asked: arguments, result, and what it tells meanwhile. */
export interface Calls {
  open: { args: [source: WeightsSource, settings: ModelSettings]; result: ModelFacts; event: never };
  markWords: { args: [settings: WordSettings]; result: MarkedPrompt; event: never };
  edit: { args: [id: string, job: PictureJob]; result: undefined; event: EditEvent };
  control: { args: [id: string, action: ControlAction]; result: undefined; event: never };
  listKept: { args: []; result: readonly KeptWeights[]; event: never };
  pull: { args: [request: PullRequest]; result: KeptWeights; event: PullProgress };
  stopPull: { args: [name: string]; result: undefined; event: never };
  removeKept: { args: [name: string]; result: undefined; event: never };
}
