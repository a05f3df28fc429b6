import * as v from 'valibot';
import { type InversionName, inversionName } from '../inversion/branches.ts';
import { finite, notNegative, positiveInteger, share } from '../options.ts';
import type { ReplacedTail } from '../prompts/tokenMixture.ts';
import { type InversionOptions, inversionEntries } from './ddimInversion.ts';

/** The settings of prompt-to-prompt under direct inversion; defaults are those of its benchmark (PnPInversion). */
export interface DirectInversionOptions extends InversionOptions {
  /**
   * Which cross-attention the target takes over: of all tokens that the prompts have in common ('refine', the default),
   * or of the words in the same places ('replace', for prompts of equally many words).
   */
  readonly promptEdit: 'refine' | 'replace';
  /** For 'replace', how tokens behind the last replaced word correspond; 'parity' is the released program's. */
  readonly replacedTail: ReplacedTail;
  /** Share of the steps in which cross-attention is taken over; default 0.4. */
  readonly crossReplaceSteps: number;
  /** The same for words of the target prompt, in the place of `crossReplaceSteps`; default none. */
  readonly crossReplaceWords: Readonly<Record<string, number>>;
  /** Share of the steps in which self-attention is taken over; default 0.6. */
  readonly selfReplaceSteps: number;
  /** Side of the largest square of places whose self-attention is taken over; default 32, in older programs 16. */
  readonly selfReplaceSide: number;
  /** Factors on the attention of words of the target prompt; default none. The benchmark doubles the changed word's. */
  readonly reweight: Readonly<Record<string, number>>;
  /** Words of the source prompt that a local blend lets change; default none. Without words nothing is blended. */
  readonly blendSourceWords: readonly string[];
  /** The same of the target prompt. */
  readonly blendTargetWords: readonly string[];
  /** Share of the largest attention above which a place belongs to the words; default 0.3. */
  readonly blendThreshold: number;
  /** Share of the steps before the first blend; default 0.2. */
  readonly blendStart: number;
  /** The latents' size over that of the attention maps that a blend looks at; default 4: 16 x 16 for pictures of 512. */
  readonly blendDownscale: number;
}

/** The settings of prompt-to-prompt. */
export interface P2pOptions extends DirectInversionOptions {
  /** How the source's branch is kept on the picture; default 'ddim'. See {@link InversionName}. */
  readonly inversion: InversionName;
}

const words = v.array(v.string('must be words'), 'must be a list of words');

/** How each of {@link DirectInversionOptions} is checked, and its default. */
export const directInversionEntries = {
  ...inversionEntries,
  promptEdit: v.optional(v.picklist(['refine', 'replace'], 'must be refine or replace'), 'refine'),
  replacedTail: v.optional(v.picklist(['aligned', 'parity'], 'must be aligned or parity'), 'aligned'),
  crossReplaceSteps: v.optional(share, 0.4),
  crossReplaceWords: v.optional(v.record(v.string(), share, 'must be words with shares of the steps'), {}),
  selfReplaceSteps: v.optional(share, 0.6),
  selfReplaceSide: v.optional(notNegative, 32),
  reweight: v.optional(v.record(v.string(), finite, 'must be words with factors'), {}),
  blendSourceWords: v.optional(words, []),
  blendTargetWords: v.optional(words, []),
  blendThreshold: v.optional(share, 0.3),
  blendStart: v.optional(share, 0.2),
  blendDownscale: v.optional(positiveInteger, 4),
};

/** How each of {@link P2pOptions} is checked, and its default. */
export const p2pEntries = { ...directInversionEntries, inversion: v.optional(inversionName, 'ddim') };
