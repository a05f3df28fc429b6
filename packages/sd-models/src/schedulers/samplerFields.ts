import * as v from 'valibot';
import type { JsonObject } from '../json.ts';

/** The samplers: diffusers' `DDIMScheduler`, `EulerDiscreteScheduler` and `DPMSolverMultistepScheduler`. */
export type SamplerName = 'ddim' | 'euler' | 'dpm++2m';

/** How the steps of sampling lie among those of training; table 2 of arXiv 2305.08891. */
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/**
 * The fields of a scheduler's configuration that only concern sampling; the model and its noise schedule do not depend
 * on it.
 */
export interface SamplingConfig {
  /** Null: each sampler has its own default. */
  readonly timestepSpacing: TimestepSpacing | null;
  /** Added to the training steps of 'leading' spacing. */
  readonly stepsOffset: number;
  /** DDIM: abar after the last step is 1, else abar[0]. */
  readonly setAlphaToOne: boolean;
  /** DDIM: limits the predicted x0 to [-range, range]; null for no limit. */
  readonly clipSampleRange: number | null;
  /** Euler, DPM++ 2M: how sigma falls; null: as it does over the training steps that the spacing takes. */
  readonly sigmaSpacing: SigmaSpacing | null;
  /** The ends of that fall; null: those of the training steps. */
  readonly sigmaMin: number | null;
  readonly sigmaMax: number | null;
  /** Euler, DPM++ 2M: sigma after the last step is 0, or the smallest of training. */
  readonly finalSigma: 'zero' | 'sigma_min';
  /** DPM++ 2M, where the last sigma is not 0: the last step is of first order if there are fewer than 15, or always. */
  readonly lowerOrderFinal: boolean;
  readonly eulerAtFinal: boolean;
  /** Fields that a sampler ignores although they would change its result. */
  readonly ignored: readonly IgnoredField[];
}

/** Karras et al.'s, equation 5 of arXiv 2206.00364, or evenly in log(sigma). */
export type SigmaSpacing = 'karras' | 'exponential';

/** A field of `scheduler_config.json` that the samplers here ignore. */
export interface IgnoredField {
  readonly field: string;
  readonly value: unknown;
  /** Whose result it would change in diffusers. */
  readonly samplers: readonly SamplerName[];
}

const ALL = ['ddim', 'euler', 'dpm++2m'] as const;
const SIGMAS = ['euler', 'dpm++2m'] as const;

const POSITIVE = v.pipe(v.number(), v.finite(), v.gtValue(0));

/** The fields that are followed, and by which samplers. */
const FOLLOWED = {
  timestep_spacing: { samplers: ALL, schema: v.picklist(['leading', 'trailing', 'linspace']) },
  steps_offset: { samplers: ALL, schema: v.pipe(v.number(), v.integer(), v.minValue(0)) },
  set_alpha_to_one: { samplers: ['ddim'], schema: v.boolean() },
  clip_sample: { samplers: ['ddim'], schema: v.boolean() },
  clip_sample_range: { samplers: ['ddim'], schema: POSITIVE },
  use_karras_sigmas: { samplers: SIGMAS, schema: v.boolean() },
  use_exponential_sigmas: { samplers: SIGMAS, schema: v.boolean() },
  sigma_min: { samplers: SIGMAS, schema: POSITIVE },
  sigma_max: { samplers: SIGMAS, schema: POSITIVE },
  final_sigmas_type: { samplers: SIGMAS, schema: v.picklist(['zero', 'sigma_min']) },
  lower_order_final: { samplers: ['dpm++2m'], schema: v.boolean() },
  euler_at_final: { samplers: ['dpm++2m'], schema: v.boolean() },
} as const;

type FollowedField = keyof typeof FOLLOWED;
type Followed = { [F in FollowedField]?: v.InferOutput<(typeof FOLLOWED)[F]['schema']> };

interface Unfollowed {
  readonly samplers: readonly SamplerName[];
  /** The values that are what the samplers do, or that diffusers replaces by it. */
  readonly same: readonly unknown[];
}

/** The fields that diffusers' schedulers of these samplers read and that are not followed. */
const UNFOLLOWED: Readonly<Record<string, Unfollowed>> = {
  thresholding: { samplers: ['ddim', 'dpm++2m'], same: [false] },
  interpolation_type: { samplers: ['euler'], same: ['linear'] },
  timestep_type: { samplers: ['euler'], same: ['discrete'] },
  use_beta_sigmas: { samplers: SIGMAS, same: [false] },
  use_lu_lambdas: { samplers: ['dpm++2m'], same: [false] },
  lambda_min_clipped: { samplers: ['dpm++2m'], same: [Number.NEGATIVE_INFINITY] },
  algorithm_type: { samplers: ['dpm++2m'], same: ['dpmsolver++', 'deis'] },
  solver_order: { samplers: ['dpm++2m'], same: [2] },
  solver_type: { samplers: ['dpm++2m'], same: ['midpoint', 'logrho', 'bh1', 'bh2'] },
};

/**
 * Reads the fields of sampling. None of them refuses a file, since an edit does not sample: what is malformed or not
 * followed is in `ignored`.
 *
 * Where the file is silent the defaults are Stable Diffusion's, not diffusers': no clipping, an offset of 1, and
 * abar[0] after the last step. A file that was saved by a scheduler without these fields (Euler, DPM-Solver, UniPC)
 * would otherwise make DDIM clip latents to [-1, 1], which lie far outside.
 */
export function parseSamplingConfig(json: JsonObject): SamplingConfig {
  const { followed, malformed } = readFollowed(json);
  return {
    timestepSpacing: followed.timestep_spacing ?? null,
    stepsOffset: followed.steps_offset ?? 1,
    setAlphaToOne: followed.set_alpha_to_one ?? false,
    clipSampleRange: followed.clip_sample ? (followed.clip_sample_range ?? 1) : null,
    sigmaSpacing: sigmaSpacing(followed),
    sigmaMin: followed.sigma_min ?? null,
    sigmaMax: followed.sigma_max ?? null,
    finalSigma: followed.final_sigmas_type ?? 'zero',
    lowerOrderFinal: followed.lower_order_final ?? true,
    eulerAtFinal: followed.euler_at_final ?? false,
    ignored: [...malformed, ...readUnfollowed(json)],
  };
}

/**
 * The fields of a model's scheduler configuration that would change what a sampler makes, and that it does not follow.
 * @param config from `parseSchedulerConfig`
 */
export function unfollowedFields(
  { ignored }: Pick<SamplingConfig, 'ignored'>,
  sampler: SamplerName,
): readonly IgnoredField[] {
  return ignored.filter(({ samplers }) => samplers.includes(sampler));
}

function sigmaSpacing({
  use_karras_sigmas: karras,
  use_exponential_sigmas: exponential,
}: Followed): SigmaSpacing | null {
  if (karras) return 'karras';
  return exponential ? 'exponential' : null;
}

function readFollowed(json: JsonObject): { followed: Followed; malformed: readonly IgnoredField[] } {
  const followed: Record<string, unknown> = {};
  const malformed: IgnoredField[] = [];
  for (const [field, { samplers, schema }] of Object.entries(FOLLOWED)) {
    const value = json[field] ?? null;
    if (value === null) continue;
    if (v.is(schema, value)) followed[field] = value;
    else malformed.push({ field, value, samplers });
  }
  return { followed, malformed };
}

function readUnfollowed(json: JsonObject): IgnoredField[] {
  return Object.entries(UNFOLLOWED).flatMap(([field, { samplers, same }]) => {
    const value = json[field] ?? null;
    return value === null || same.includes(value) ? [] : [{ field, value, samplers }];
  });
}
