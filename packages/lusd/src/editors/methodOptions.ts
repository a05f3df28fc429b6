import { INVERSIONS } from '../inversion/branches.ts';
import { METHOD_NAMES, METHODS, type MethodName, type OptionValue } from './methods.ts';
import type { OptionText } from './optionTexts.ts';

/** The texts of an option of a method. */
export interface MethodText extends OptionText {
  /** What it may be, where that is a choice. */
  readonly choices?: readonly string[];
  /** What it is where it is no number, choice or switch: words, or words with factors. */
  readonly kind?: 'words' | 'factors';
}

/** An option of one or more methods, as people meet it. */
export interface MethodOption extends MethodText {
  /** Its name in the options of a method. */
  readonly name: string;
  /** The default of each method that has it; null where that is none. */
  readonly defaults: Readonly<Partial<Record<MethodName, OptionValue | null>>>;
}

const TEXTS: Readonly<Record<string, MethodText>> = {
  numSteps: { flags: '--num-steps <n>', text: 'accepted iterations, or steps of a whole sampling' },
  lr: { flags: '--lr <rate>', text: 'learning rate' },
  optimizer: {
    flags: '--optimizer <name>',
    text: 'what makes steps of gradients',
    choices: ['sgd', 'adam', 'adamw'],
  },
  reduction: {
    flags: '--reduction <how>',
    text: 'the gradient: mean, 2000 / (h w) times the direction, or sum, the direction',
    choices: ['mean', 'sum'],
  },
  tMin: { flags: '--t-min <t>', text: 'lowest timestep drawn' },
  tMax: { flags: '--t-max <t>', text: 'timesteps are drawn below this minus one' },
  minStepRatio: { flags: '--min-step-ratio <share>', text: 'lower end of the timesteps, as a share of them' },
  maxStepRatio: { flags: '--max-step-ratio <share>', text: 'upper end of the timesteps, as a share of them' },
  inferenceSteps: {
    flags: '--inference-steps <n>',
    text: "number of DDIM's timesteps, one of which is drawn",
  },
  wholeBeta: { flags: '--whole-beta', text: 'take beta of the whole step, not of one training step' },
  guidanceScale: { flags: '--guidance-scale <w>', text: 'weight of classifier-free guidance' },
  weighting: {
    flags: '--weighting <name>',
    text: "the direction's factor at t: 1, 1 - abar or sqrt(abar) (1 - abar)",
    choices: ['uniform', 'sds', 'fantasia3d'],
  },
  ddsWeight: { flags: '--dds-weight <w>', text: "weight of DDS's direction" },
  cutWeight: { flags: '--cut-weight <w>', text: 'weight of the contrastive loss' },
  patchSeed: { flags: '--patch-seed <n>', text: 'seed of the positions that the contrastive loss compares' },
  fprIterations: { flags: '--fpr-iterations <n>', text: 'fixed-point iterations that refine the noise' },
  fprScale: { flags: '--fpr-scale <s>', text: 'step of a fixed-point iteration' },
  condScale: { flags: '--cond-scale <w>', text: "weight of the target prompt's prediction" },
  uncondScale: { flags: '--uncond-scale <w>', text: "weight of the negative prompt's prediction" },
  uncondScaleEnd: { flags: '--uncond-scale-end <w>', text: 'what --uncond-scale changes to' },
  nullScale: { flags: '--null-scale <w>', text: "weight of the empty prompt's prediction" },
  nullScaleEnd: { flags: '--null-scale-end <w>', text: 'what --null-scale changes to' },
  noiseScale: { flags: '--noise-scale <w>', text: 'weight of the noise drawn' },
  scaleSteps: { flags: '--scale-steps <n>', text: 'iterations until the weights have changed' },
  enhanceScale: { flags: '--enhance-scale <w>', text: 'weight of what leads from no prompt to the target' },
  imageScale: { flags: '--image-scale <w>', text: 'weight of what leads to the source' },
  trajectoryWeight: {
    flags: '--trajectory-weight <w>',
    text: "weight of the difference to the source's latents",
  },
  freeU: { flags: '--no-free-u', text: 'run the UNet without FreeU' },
  sampleLatents: {
    flags: '--sample-latents',
    text: "start from latents drawn from the encoder's distribution, not from its mean",
  },
  filter: { flags: '--filter', text: 'reject draws whose gradient is weak, as LUSD does' },
  threshold: {
    flags: '--threshold <std>',
    text: 'standard deviation that a gradient must reach to be accepted',
  },
  thresholdDecayRate: {
    flags: '--threshold-decay-rate <factor>',
    text: 'factor on the threshold after a rejected draw',
  },
  maskAttention: { flags: '--mask-attention', text: 'mask the gradient by attention, as LUSD does' },
  crossAttnMomentum: {
    flags: '--cross-attn-momentum <share>',
    text: 'weight of the new mask in the moving average',
  },
  regularise: { flags: '--regularise', text: 'lead back to the source, as LUSD does' },
  regScale: { flags: '--reg-scale <share>', text: 'weight of the regulariser towards the source' },
  normalise: { flags: '--normalise', text: "normalise the directions by LUSD's schedule" },
  directionScale: { flags: '--no-direction-scale', text: 'do not normalise the update directions' },
  dsHigh: { flags: '--ds-high <std>', text: 'standard deviation of the first directions' },
  dsLow: { flags: '--ds-low <std>', text: 'standard deviation of the last directions' },
  speed: { flags: '--speed <s>', text: 'steepness of the fall from high to low' },
  strength: { flags: '--strength <share>', text: 'share of the steps that are run: how much is replaced' },
  inversion: {
    flags: '--inversion <name>',
    text: "how the source's branch is kept on the picture",
    choices: INVERSIONS,
  },
  promptEdit: {
    flags: '--prompt-edit <how>',
    text: 'refine: tokens in common keep their attention; replace: words in the same places do',
    choices: ['refine', 'replace'],
  },
  replacedTail: {
    flags: '--replaced-tail <how>',
    text: 'which tokens behind a replaced word correspond; parity: like the released program',
    choices: ['aligned', 'parity'],
  },
  crossReplaceSteps: {
    flags: '--cross-replace-steps <share>',
    text: 'share of the steps in which cross-attention is taken over',
  },
  crossReplaceWords: {
    flags: '--cross-replace-words <word=share>',
    text: 'the same for a word of the target prompt, in the place of that share; repeatable',
    kind: 'factors',
  },
  selfReplaceSteps: {
    flags: '--self-replace-steps <share>',
    text: 'share of the steps in which self-attention is taken over',
  },
  selfReplaceSide: {
    flags: '--self-replace-side <n>',
    text: 'side of the largest square of places whose self-attention is taken over',
  },
  reweight: {
    flags: '--reweight <word=factor>',
    text: 'factor on the attention of a word of the target prompt; repeatable',
    kind: 'factors',
  },
  blendSourceWords: {
    flags: '--blend-source-words <words>',
    text: 'words of the source prompt whose place may change; repeatable, comma-separated',
    kind: 'words',
  },
  blendTargetWords: {
    flags: '--blend-target-words <words>',
    text: 'the same of the target prompt',
    kind: 'words',
  },
  blendThreshold: {
    flags: '--blend-threshold <share>',
    text: 'share of the largest attention above which a place is that of the words',
  },
  blendStart: { flags: '--blend-start <share>', text: 'share of the steps before the first blend' },
  blendDownscale: {
    flags: '--blend-downscale <n>',
    text: "the latents' size over that of the attention that a blend looks at",
  },
  startStep: { flags: '--start-step <n>', text: 'first step whose self-attention looks at the source' },
  startLayer: { flags: '--start-layer <n>', text: 'first transformer whose self-attention does' },
  inversionSteps: { flags: '--inversion-steps <n>', text: 'steps of the inversion' },
  inversionPrompt: {
    flags: '--inversion-prompt <name>',
    text: 'what the inversion is told: nothing, or the source prompt',
    choices: ['null', 'source'],
  },
  featureSteps: {
    flags: '--feature-steps <share>',
    text: "share of the steps in which features are the source's",
  },
  attentionSteps: {
    flags: '--attention-steps <share>',
    text: "share of the steps in which self-attention is the source's",
  },
  skip: { flags: '--skip <n>', text: 'steps at the top that sampling leaves out' },
  sourceGuidanceScale: {
    flags: '--source-guidance-scale <w>',
    text: 'weight of guidance by the source prompt, in the inversion',
  },
  imageGuidanceScale: { flags: '--image-guidance-scale <w>', text: 'weight of guidance by the picture' },
  sigmaInterpolation: {
    flags: '--sigma-interpolation <how>',
    text: 'between timesteps, of sigma or its logarithm',
    choices: ['log_linear', 'linear'],
  },
};

function defaultsOf(name: string): MethodOption['defaults'] {
  const having = METHOD_NAMES.filter((method) => name in METHODS[method].defaults);
  return Object.fromEntries(having.map((method) => [method, METHODS[method].defaults[name] ?? null]));
}

/** Every option of every method. */
export const METHOD_OPTIONS: readonly MethodOption[] = Object.entries(TEXTS).map(([name, text]) => ({
  name,
  ...text,
  defaults: defaultsOf(name),
}));
