import { type Device, keep, type Tensor, tensor } from '@lusd/tensor';
import type { Tap } from '../denoiser.ts';
import { Disposables } from '../disposables.ts';
import { OptionError } from '../errors.ts';
import { sampleBranches } from '../inversion/branches.ts';
import type { Blended, BranchStep, Control } from '../inversion/control.ts';
import { Ddim } from '../inversion/ddim.ts';
import { invert, LatentLevels } from '../inversion/invert.ts';
import { LocalBlend } from '../inversion/localBlend.ts';
import { type BlendWords, type PromptTapSettings, promptTap } from '../inversion/promptTap.ts';
import { parseOptions } from '../options.ts';
import { latentSize } from '../picture/latents.ts';
import { crossReplaceCounts } from '../prompts/crossReplaceSteps.ts';
import type { EditPrompts } from '../prompts/editPrompts.ts';
import { type NamedPrompt, namedTokens } from '../prompts/namedTokens.ts';
import { lastPromptToken } from '../prompts/targetTokens.ts';
import {
  refinement,
  replacement,
  reweighted,
  type TokenMixture,
  takenOver,
} from '../prompts/tokenMixture.ts';
import type { Editor, Problem, Step } from './editor.ts';
import {
  type DirectInversionOptions,
  directInversionEntries,
  type P2pOptions,
  p2pEntries,
} from './p2pOptions.ts';

/** Prompt-to-prompt with its options. */
export interface P2pEditor extends Editor {
  readonly options: P2pOptions;
}

/** Direct inversion with its options. */
export interface DirectInversionEditor extends Editor {
  readonly options: DirectInversionOptions;
}

/**
 * Prompt-to-prompt (Hertz et al., ICLR 2023, arXiv 2208.01626) on an inverted picture: source and target are sampled
 * side by side, and in the first steps the target takes over the source's attention.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function p2p(options: Partial<P2pOptions> = {}): P2pEditor {
  const parsed = parseOptions('p2p', p2pEntries, options);
  return {
    name: 'p2p',
    numSteps: 2 * parsed.numSteps,
    options: parsed,
    run: (problem) => run(problem, parsed),
  };
}

/**
 * Direct inversion (Ju et al., ICLR 2024, arXiv 2310.01506) with prompt-to-prompt, as its authors' program: the source's
 * branch is put back on the inversion's latents after every step.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function directInversion(options: Partial<DirectInversionOptions> = {}): DirectInversionEditor {
  const parsed = parseOptions('direct-inversion', directInversionEntries, options);
  const numSteps = 2 * parsed.numSteps;
  const direct = { ...parsed, inversion: 'direct' } as const;
  return { name: 'direct-inversion', numSteps, options: parsed, run: (problem) => run(problem, direct) };
}

async function* run(problem: Problem, options: P2pOptions): AsyncGenerator<Step, void> {
  const { numSteps, guidanceScale, inversion } = options;
  const ddim = new Ddim(problem.schedule, numSteps);
  using control = new PromptControl(problem, options);
  using levels = new LatentLevels(problem.source);
  yield* invert(problem, ddim, 'source', levels);
  const branches = { ddim, levels, inversion, sourcePrompt: 'source', guidanceScale, control } as const;
  yield* sampleBranches(problem, branches, numSteps);
}

/** What prompt-to-prompt couples at each step. */
export class PromptControl implements Control<Tensor | null>, Disposable {
  private readonly held = new Disposables();
  private readonly mixture: TokenMixture;
  /** In how many steps each token takes over cross-attention. */
  private readonly crossCounts: readonly number[];
  private readonly words: BlendWords | null;
  private readonly blend: LocalBlend;
  private readonly taps = new Map<string, Tap<Tensor | null>>();
  private readonly device: Device;

  /** @throws OptionError for prompts that are too long or that the options do not fit */
  constructor(
    { prompts, source }: Pick<Problem, 'prompts' | 'source'>,
    private readonly options: DirectInversionOptions,
  ) {
    requireOneContext(prompts);
    this.device = source.device;
    const plain =
      options.promptEdit === 'refine' ? refinement(prompts) : replacement(prompts, options.replacedTail);
    this.mixture = reweighted(plain, prompts, options.reweight);
    this.crossCounts = crossReplaceCounts(prompts, options);
    this.words = this.blendWords(prompts, source);
    const firstStep = Math.trunc(options.blendStart * options.numSteps);
    this.blend = this.held.add(new LocalBlend({ firstStep, threshold: options.blendThreshold }));
  }

  tap(index: number): Tap<Tensor | null> | null {
    const { numSteps, selfReplaceSteps, selfReplaceSide } = this.options;
    const isTaken = this.crossCounts.map((count) => index < count);
    const taken = isTaken.filter(Boolean).length;
    const hasSelf = index < Math.trunc(selfReplaceSteps * numSteps);
    const { words } = this;
    if (taken === 0 && !hasSelf && !words) return null;
    // Each token is taken over from the first step on, so that their number says which they are.
    const key = `${taken} ${hasSelf}`;
    const tap =
      this.taps.get(key) ??
      promptTap({
        cross: taken > 0 ? this.uploadMixture(takenOver(this.mixture, isTaken)) : null,
        selfQueries: hasSelf ? selfReplaceSide ** 2 : 0,
        words,
      });
    this.taps.set(key, tap);
    return tap;
  }

  after(step: BranchStep<Tensor | null>): Blended | null {
    return this.blend.after(step);
  }

  [Symbol.dispose](): void {
    this.held.dispose();
  }

  private upload(data: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor {
    return this.held.add(keep(tensor(data, { shape, device: this.device })));
  }

  private uploadMixture({ base, own, length }: TokenMixture): PromptTapSettings['cross'] {
    return { base: this.upload(base, [length, length]), own: this.upload(own, [length]) };
  }

  /** Null if there are no words. */
  private blendWords(prompts: EditPrompts, latents: Tensor): BlendWords | null {
    const { blendSourceWords, blendTargetWords, blendDownscale } = this.options;
    const tokensOf = (prompt: NamedPrompt, words: readonly string[]) =>
      namedTokens(prompt, words, prompts.tokenizer).indices;
    const source = { text: prompts.source, name: 'source prompt', option: 'blendSourceWords' } as const;
    const target = { text: prompts.target, name: 'target prompt', option: 'blendTargetWords' } as const;
    const [before, after] = [tokensOf(source, blendSourceWords), tokensOf(target, blendTargetWords)];
    if (before.length + after.length === 0) return null;
    const { height, width } = latentSize(latents);
    const size = [Math.ceil(height / blendDownscale), Math.ceil(width / blendDownscale)] as const;
    const { length } = this.mixture;
    const mark = (tokens: readonly number[]) => this.upload(marked(tokens, length), [length, 1]);
    return { source: mark(before), target: mark(after), size };
  }
}

/** 1 at some of `length` places, 0 elsewhere. */
function marked(places: readonly number[], length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => (places.includes(i) ? 1 : 0));
}

/** @throws OptionError for prompts that are read in several chunks, between which tokens are not aligned */
function requireOneContext({ source, target, tokenizer, longPrompts }: EditPrompts): void {
  const most = lastPromptToken(tokenizer);
  const isLong = [source, target].some((text) => tokenizer.tokenize(text).length > most);
  if (!longPrompts || !isLong) return;
  throw new OptionError(
    'longPrompts',
    `cannot be used with prompt-to-prompt beyond ${most} tokens, since it aligns tokens of one context; shorten the prompts`,
  );
}
