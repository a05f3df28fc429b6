import type { Image, LongPromptOptions, Mask, SchedulerConfig } from '@lusd/sd-models';
import type { Tensor } from '@lusd/tensor';
import type { DrawSource, Seed } from './draws.ts';
import type { FrameOptions } from './picture/frame.ts';
import type { LatentDecoder } from './picture/latents.ts';
import type { TokenChoice } from './prompts/chooseTargetTokens.ts';
import type { TokenIdTokenizer } from './prompts/targetTokens.ts';
import type { TrajectoryRecorder } from './record/trajectory.ts';
import type { Unet } from './unetDenoiser.ts';

/** A tokenizer that can also tell which words of a prompt it leaves out. */
export interface EditTokenizer extends TokenIdTokenizer {
  /** The end of a prompt that does not fit; null if all of it does. */
  unreadWords(text: string): string | null;
}

/** What an edit needs from a latent diffusion model; `StableDiffusion` of @lusd/sd-models is one. */
export interface EditModel {
  readonly tokenizer: EditTokenizer;
  readonly unet: Unet;
  readonly vae: LatentDecoder;
  readonly schedulerConfig: SchedulerConfig;
  /** Prompts in the form that the UNet takes, [prompts, tokens, width]. */
  encodePrompts(prompts: readonly string[], options?: LongPromptOptions): Tensor;
  /** Where a picture lies among the latents, multiplied by the scaling factor, f32 [1, h, w, C] each. */
  encodeImage(image: Image): { readonly mean: Tensor; readonly logvar: Tensor };
  /** Compiles the kernels of an edit at that size ahead. Left out where they can be compiled as they come. */
  compile?(width: number, height: number): Promise<void>;
}

/** A picture, what it shows and what it should show. */
export interface EditRequest {
  readonly image: Image;
  /** What the picture shows; may be empty. */
  readonly source: string;
  /** What the picture should show; for `instructPix2Pix`, what should be done with it. */
  readonly target: string;
  /** What the picture should not show, for methods that look at it; default: the method's, such as the source prompt. */
  readonly negative?: string | undefined;
  /** Which tokens of the target the edit is about; default: the words in which the prompts differ. */
  readonly targetTokens?: TokenChoice | undefined;
  /** A picture of the same size: white where the picture may change, black where it may not. */
  readonly mask?: Mask | undefined;
  /** Restores the original pixels outside `mask`; default false. */
  readonly composite?: boolean | undefined;
  /** Reads prompts beyond 75 tokens too, in chunks of 75; default false: their ends are not read. */
  readonly longPrompts?: boolean | undefined;
}

/** Settings that do not depend on the method. */
export interface EditSettings {
  /** The size that the picture is edited at; default a square of 512. */
  readonly frame?: FrameOptions | undefined;
  /** A seed, or another source of the draws, such as a recorded trajectory; default: seed 0. */
  readonly draws?: Seed | DrawSource | undefined;
  /** Decodes a preview at every multiple of `every` iterations and at the last; default: none. */
  readonly previews?: { readonly every: number } | undefined;
  /** Records the run. */
  readonly record?: TrajectoryRecorder | undefined;
  readonly signal?: AbortSignal | undefined;
}
