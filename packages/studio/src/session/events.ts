import type { UnreadWords } from '@lusd/lusd';
import type { Image, Mask } from '@lusd/sd-models';
import type { Failure } from './engineError.ts';

/** What is told of an edit while it runs, in order. */
export type EditEvent = Started | Step | Preview | Ended;

/** The picture is framed and the words are chosen. */
export interface Started {
  readonly kind: 'started';
  /** The source as it is edited: cut and resized. */
  readonly source: Image;
  readonly numSteps: number;
  /** The words that the mask looks at; none: there is no mask. */
  readonly words: readonly string[];
  readonly unread: UnreadWords;
}

/** An accepted iteration. */
export interface Step {
  readonly kind: 'step';
  /** From 0. */
  readonly iteration: number;
  readonly attempts: number;
  readonly timestep: number;
  /** Of the gradient; null where the method has none. */
  readonly std: number | null;
  /** What `std` had to reach, 0 where no draw is refused; null where there is no gradient. */
  readonly threshold: number | null;
  /** Since the edit began, pauses left out. */
  readonly seconds: number;
}

/** The picture so far. */
export interface Preview {
  readonly kind: 'preview';
  readonly iteration: number;
  readonly image: Image;
  /** Where the model's attention lets it change, at the latents' size; null without a mask. */
  readonly mask: Mask | null;
}

/** The edit's end; nothing follows. */
export type Ended =
  | {
      readonly kind: 'done';
      readonly image: Image;
      /** A safetensors file, where it was asked for. */
      readonly trajectory: Uint8Array<ArrayBuffer> | null;
    }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly failure: Failure };
