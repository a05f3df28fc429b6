import type { AttentionHook, AttentionLayer, AttentionSite, ResnetHook, ResnetSite } from '@lusd/sd-models';
import * as v from 'valibot';
import type { Prompt, Tap } from '../denoiser.ts';
import { LusdError, OptionError } from '../errors.ts';
import { sampleBranches } from '../inversion/branches.ts';
import { Ddim } from '../inversion/ddim.ts';
import { invert, LatentLevels } from '../inversion/invert.ts';
import { copyItems, copyOfSource } from '../inversion/items.ts';
import { parseOptions, positiveInteger, share } from '../options.ts';
import { type InversionOptions, inversionEntries } from './ddimInversion.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of plug-and-play. */
export interface PlugAndPlayOptions extends InversionOptions {
  /** Steps of the inversion, among whose timesteps are those of sampling; default 999. The benchmark's are 50. */
  readonly inversionSteps: number;
  /** What the inversion is told; default 'null', the empty prompt. The benchmark's is 'source'. */
  readonly inversionPrompt: Extract<Prompt, 'null' | 'source'>;
  /** Share of the steps in which features of a resnet are the source's; default 0.8. */
  readonly featureSteps: number;
  /** Share of the steps in which self-attention is the source's; default 0.5. */
  readonly attentionSteps: number;
}

/** Plug-and-play with its options. */
export interface PlugAndPlayEditor extends Editor {
  readonly options: PlugAndPlayOptions;
}

/** What guidance leads away from where the request has no negative prompt: the released program's. */
export const UNWANTED = 'ugly, blurry, black, low res, unrealistic';

/** How each of {@link PlugAndPlayOptions} is checked, and its default. */
export const plugAndPlayEntries = {
  ...inversionEntries,
  inversionSteps: v.optional(positiveInteger, 999),
  inversionPrompt: v.optional(v.picklist(['null', 'source'], 'must be null or source'), 'null'),
  featureSteps: v.optional(share, 0.8),
  attentionSteps: v.optional(share, 0.5),
};

/**
 * Plug-and-play diffusion features (Tumanyan et al., CVPR 2023, arXiv 2211.12572): while the target is sampled from the
 * inverted picture's noise, one resnet's features and the self-attention of the way up are those that the inversion's
 * latents have at the same timestep. Guidance leads away from the request's negative prompt, or from the words that the released program has.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function plugAndPlay(options: Partial<PlugAndPlayOptions> = {}): PlugAndPlayEditor {
  const parsed = parseOptions('plug-and-play', plugAndPlayEntries, options);
  const numSteps = parsed.inversionSteps + parsed.numSteps;
  return { name: 'plug-and-play', numSteps, options: parsed, run: (problem) => run(problem, parsed) };
}

async function* run(problem: Problem, options: PlugAndPlayOptions): AsyncGenerator<Step, void> {
  const { numSteps, guidanceScale, inversionSteps, inversionPrompt } = options;
  const ddim = new Ddim(problem.schedule, numSteps);
  const finer = new Ddim(problem.schedule, inversionSteps, 'inversionSteps');
  requirePassed(ddim, finer);
  using levels = new LatentLevels(problem.source);
  yield* invert(problem, finer, inversionPrompt, levels);
  const branches = {
    ddim,
    levels,
    inversion: 'direct',
    sourcePrompt: 'null',
    negative: { text: problem.prompts.negative ?? UNWANTED },
    guidanceScale,
    control: { tap: injection(options) },
  } as const;
  yield* sampleBranches(problem, branches, inversionSteps);
}

/** @throws OptionError if the inversion has no latents for a timestep of sampling */
function requirePassed(ddim: Ddim, finer: Ddim): void {
  const missed = ddim.timesteps.find((timestep) => !finer.timesteps.includes(timestep));
  if (missed === undefined) return;
  throw new OptionError(
    'inversionSteps',
    `must pass the timesteps of sampling, but ${finer.timesteps.length} steps leave out ${missed}; give 999, or as many as numSteps`,
  );
}

/** What is injected at each step: features and attention, then features alone, then nothing. */
function injection({ numSteps, featureSteps, attentionSteps }: PlugAndPlayOptions) {
  const [features, attention] = [featureSteps, attentionSteps].map((part) => Math.trunc(numSteps * part));
  const taps = [injectionTap(true, true), injectionTap(true, false), injectionTap(false, true)] as const;
  const [both, featuresAlone, attentionAlone] = taps;
  return (index: number): Tap<null> | null => {
    const [hasFeatures, hasAttention] = [index < features!, index < attention!];
    if (hasFeatures) return hasAttention ? both : featuresAlone;
    return hasAttention ? attentionAlone : null;
  };
}

/** The resnet whose features are injected. */
function isFeatureSite({ place, block, resnet }: ResnetSite): boolean {
  return place === 'up' && block === 1 && resnet === 1;
}

/** The transformers whose self-attention is injected: all of the way up behind that resnet. */
function isAttentionSite({ place, block, transformer }: AttentionSite): boolean {
  return place === 'up' && (block > 1 || (block === 1 && transformer >= 1));
}

/** The source's features and self-attention in the place of the target's. */
function injectionTap(hasFeatures: boolean, hasAttention: boolean): Tap<null> {
  return {
    listen([source, target]) {
      const hooks = new InjectionHooks(copyOfSource(source!, target!), hasFeatures, hasAttention);
      return { hooks, read: () => hooks.requireInjection() };
    },
  };
}

class InjectionHooks implements Disposable {
  private features = 0;
  private attentions = 0;

  constructor(
    private readonly from: ReadonlyMap<number, number>,
    private readonly hasFeatures: boolean,
    private readonly hasAttention: boolean,
  ) {}

  resnet(site: ResnetSite): ResnetHook | null {
    if (!this.hasFeatures || !isFeatureSite(site)) return null;
    this.features++;
    return { residual: (own) => copyItems(own, this.from) };
  }

  attention(layer: AttentionLayer): AttentionHook | null {
    if (!this.hasAttention || layer.kind !== 'self' || !isAttentionSite(layer)) return null;
    this.attentions++;
    return {
      inputs: ({ queries, keys, values }) => ({
        queries: copyItems(queries, this.from),
        keys: copyItems(keys, this.from),
        values,
      }),
    };
  }

  /** @throws LusdError if the model has nowhere to inject to */
  requireInjection(): null {
    const lacksFeatures = this.hasFeatures && this.features === 0;
    const lacksAttention = this.hasAttention && this.attentions === 0;
    if (!lacksFeatures && !lacksAttention) return null;
    throw new LusdError(
      'plug-and-play needs a UNet whose second up block has two resnets and self-attention; use Stable Diffusion 1 or 2',
    );
  }

  [Symbol.dispose](): void {}
}
