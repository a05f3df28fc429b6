import { ShapeError, Tensor } from '@lusd/tensor';
import type { PreparedContext } from './attention.ts';
import type { UNetConfig } from './config.ts';
import type { UNetHooks } from './hooks.ts';

/** What cross-attention attends to: an encoded prompt [B, L, crossAttentionDim], or its prepared keys and values. */
export type Context = Tensor | PreparedContext;

/** What Stable Diffusion XL's UNet embeds beside the timestep. Reference: diffusers' `added_cond_kwargs`. */
export interface AddedConditioning {
  /** The second text encoder's pooled output, [B, projectionDim]. */
  readonly textEmbeds: Tensor;
  /** Original size, crop and target size in pixels, [B, 6]. */
  readonly timeIds: Tensor;
}

/** All that a UNet's prediction depends on beside the noisy latents and the timestep. */
export interface Conditioning {
  /** Encoded prompts [B, L, crossAttentionDim], or what `prepareContext` made of them. */
  readonly context: Context;
  /**
   * Latents joined to the sample's channels, [B, H, W, inChannels - the sample's]: an inpainting model's mask and masked
   * picture, a depth model's map. Reference: `c_concat` of LDM's `DiffusionWrapper`.
   */
  readonly concat?: Tensor;
  /** Only for a model whose configuration has an `additionEmbedType`, which none that can be loaded has yet. */
  readonly added?: AddedConditioning;
  /** Reads or replaces what happens inside the pass. */
  readonly hooks?: UNetHooks | null;
}

/** @throws ShapeError when `context` is encoded prompts that do not fit the configuration */
export function requireContext({ crossAttentionDim }: UNetConfig, { rank, shape }: Tensor): void {
  if (rank === 3 && shape[2] === crossAttentionDim) return;
  throw new ShapeError(`unet: the context must be [B, L, ${crossAttentionDim}], got [${shape.join(', ')}]`);
}

/** Batch items of a context. */
function batchOf(context: Context): number | undefined {
  return context instanceof Tensor ? context.shape[0] : context.batch;
}

/**
 * @throws ShapeError when the sample or what it is conditioned on does not fit the configuration or the batch, or a hook
 *   asks for an item that the batch lacks
 */
export function requireConditioning(config: UNetConfig, sample: Tensor, conditioning: Conditioning): void {
  const { context, concat, added, hooks } = conditioning;
  requireChannels(config, sample, concat);
  if (context instanceof Tensor) requireContext(config, context);
  const [items = 0] = sample.shape;
  const batch = batchOf(context) ?? 0;
  if (items !== batch && items !== 1)
    throw new ShapeError(`unet: the sample has ${items} batch items, the context ${batch}`);
  if (added && config.additionEmbedType === null)
    throw new ShapeError(
      'unet: `added` is for Stable Diffusion XL; this model embeds only the timestep, leave it out',
    );
  hooks?.begin?.(batch);
}

function requireChannels({ inChannels }: UNetConfig, sample: Tensor, concat: Tensor | undefined): void {
  const parts = concat ? [sample, concat] : [sample];
  const channels = parts.reduce((sum, { shape }) => sum + (shape[3] ?? 0), 0);
  const sides = new Set(parts.map(({ shape }) => shape.slice(0, 3).join()));
  if (parts.every(({ rank }) => rank === 4) && channels === inChannels && sides.size === 1) return;
  const wanted = concat
    ? `the sample and \`concat\` must be [B, H, W, n] with ${inChannels} channels together`
    : `the sample must be [B, H, W, ${inChannels}]`;
  const got = parts.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ');
  throw new ShapeError(`unet: ${wanted}, got ${got}`);
}
