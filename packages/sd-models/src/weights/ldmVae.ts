const ATTENTION_LAYERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    norm: 'group_norm',
    q: 'to_q',
    k: 'to_k',
    v: 'to_v',
    proj_out: 'to_out.0',
  }),
);

const RESNET_LAYERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    norm1: 'norm1',
    conv1: 'conv1',
    norm2: 'norm2',
    conv2: 'conv2',
    nin_shortcut: 'conv_shortcut',
  }),
);

const OUTER_LAYERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    conv_in: 'conv_in',
    norm_out: 'conv_norm_out',
    conv_out: 'conv_out',
  }),
);

/**
 * Renames LDM's AutoencoderKL to diffusers'. LDM counts the decoder's levels from the finest, diffusers from the
 * coarsest.
 *
 * @param keys the VAE's tensors by their names after `first_stage_model.`.
 * @returns a function from such a name to diffusers', undefined for a name that the VAE does not have.
 */
export function ldmVaeRenaming(keys: ReadonlySet<string>): (key: string) => string | undefined {
  const levels =
    1 + Math.max(...[...keys].map((key) => Number(/^decoder\.up\.(\d+)\./.exec(key)?.[1] ?? -1)));
  return (key) => {
    if (/^(?:post_)?quant_conv\.(?:weight|bias)$/.test(key)) return key;
    const [, half, layer, kind] = /^(encoder|decoder)\.(.+)\.(weight|bias)$/.exec(key) ?? [];
    if (half === undefined || layer === undefined) return undefined;
    const name = OUTER_LAYERS.get(layer) ?? levelLayer(layer, levels) ?? middleLayer(layer);
    return name && `${half}.${name}.${kind}`;
  };
}

function levelLayer(layer: string, levels: number): string | undefined {
  const [, direction, level, inner = ''] = /^(down|up)\.(\d+)\.(.+)$/.exec(layer) ?? [];
  if (direction === undefined) return undefined;
  const block = direction === 'up' ? levels - 1 - Number(level) : Number(level);
  const prefix = `${direction}_blocks.${block}`;
  if (inner === `${direction}sample.conv`) return `${prefix}.${direction}samplers.0.conv`;
  const [, index, name] = /^block\.(\d+)\.(.+)$/.exec(inner) ?? [];
  return index === undefined ? undefined : within(`${prefix}.resnets.${index}`, RESNET_LAYERS, name);
}

function middleLayer(layer: string): string | undefined {
  const [, part, name] = /^mid\.(block_1|attn_1|block_2)\.(.+)$/.exec(layer) ?? [];
  if (part === undefined) return undefined;
  if (part === 'attn_1') return within('mid_block.attentions.0', ATTENTION_LAYERS, name);
  return within(`mid_block.resnets.${part === 'block_1' ? 0 : 1}`, RESNET_LAYERS, name);
}

function within(prefix: string, names: ReadonlyMap<string, string>, name = ''): string | undefined {
  const renamed = names.get(name);
  return renamed && `${prefix}.${renamed}`;
}
