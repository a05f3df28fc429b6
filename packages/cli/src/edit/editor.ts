import {
  type EditRequest,
  type EditResult,
  type EditStep,
  edit,
  type TargetTokens,
  type UnreadWords,
} from '@lusd/lusd';
import type { StableDiffusion } from '@lusd/sd-models';

/** A running edit, as lusd's `edit` returns it. */
export interface RunningEdit extends AsyncIterable<EditStep> {
  readonly targetTokens: TargetTokens;
  readonly unread: UnreadWords;
  result(): Promise<EditResult>;
}

/** Edits one picture; a parameter of what runs edits, so that it can be tested without a model. */
export type Editor = (request: EditRequest) => Promise<RunningEdit>;

export function pipelineEditor(pipeline: StableDiffusion): Editor {
  return (request) => edit(pipeline, request);
}
