import type { KeptWeights, PullProgress, PullRequest, WeightsSource } from '../engine/engine.ts';
import type {
  EditEvent,
  EditJob,
  Failure,
  MarkedPrompt,
  ModelFacts,
  ModelSettings,
  WordSettings,
} from '../session/index.ts';

/** What a page may do to a running edit. */
export type ControlAction = 'pause' | 'resume' | 'stop';

/** What the worker can be asked: arguments, result, and what it tells meanwhile. */
export interface Calls {
  open: { args: [source: WeightsSource, settings: ModelSettings]; result: ModelFacts; event: never };
  markWords: { args: [settings: WordSettings]; result: MarkedPrompt; event: never };
  edit: { args: [id: string, job: EditJob]; result: undefined; event: EditEvent };
  control: { args: [id: string, action: ControlAction]; result: undefined; event: never };
  listKept: { args: []; result: readonly KeptWeights[]; event: never };
  pull: { args: [request: PullRequest]; result: KeptWeights; event: PullProgress };
  stopPull: { args: [name: string]; result: undefined; event: never };
  removeKept: { args: [name: string]; result: undefined; event: never };
}

export type CallName = keyof Calls;

/** From the page to the worker. */
export interface Request<Name extends CallName = CallName> {
  readonly call: number;
  readonly name: Name;
  readonly args: Calls[Name]['args'];
}

/** From the worker to the page, about one call: any number of events, then a result or a failure. */
export type Reply = { readonly call: number } & (
  | { readonly kind: 'event'; readonly event: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly failure: Failure }
);

/** What answers each call. */
export type Handlers = {
  readonly [Name in CallName]: (
    args: Calls[Name]['args'],
    emit: (event: Calls[Name]['event']) => void,
  ) => Promise<Calls[Name]['result']>;
};
