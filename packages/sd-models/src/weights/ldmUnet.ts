/** LDM's names of the layers outside the blocks, and diffusers'. */
const OUTER_LAYERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'time_embed.0': 'time_embedding.linear_1',
    'time_embed.2': 'time_embedding.linear_2',
    'input_blocks.0.0': 'conv_in',
    'out.0': 'conv_norm_out',
    'out.2': 'conv_out',
  }),
);

const RESNET_LAYERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'in_layers.0': 'norm1',
    'in_layers.2': 'conv1',
    'emb_layers.1': 'time_emb_proj',
    'out_layers.0': 'norm2',
    'out_layers.3': 'conv2',
    skip_connection: 'conv_shortcut',
  }),
);

const MIDDLE_BLOCK: ReadonlyMap<string, string> = new Map(
  Object.entries({
    0: 'mid_block.resnets.0',
    1: 'mid_block.attentions.0',
    2: 'mid_block.resnets.1',
  }),
);

/** A resolution level, and the position in it, of one of LDM's flat `input_blocks` or `output_blocks`. */
interface Place {
  readonly block: number;
  readonly layer: number;
}

/**
 * Renames LDM's UNet to diffusers' UNet2DConditionModel. LDM numbers its blocks through; where a level ends is
 * read off the samplers that are present, so any number of levels and of layers a level works.
 *
 * @param keys the UNet's tensors by their names after `model.diffusion_model.`.
 * @returns a function from such a name to diffusers', undefined for a name that the UNet does not have.
 */
export function ldmUnetRenaming(keys: ReadonlySet<string>): (key: string) => string | undefined {
  const inputPlaces = places('input_blocks', 1, keys, (index) =>
    keys.has(`input_blocks.${index}.0.op.weight`),
  );
  const outputPlaces = places('output_blocks', 0, keys, (index) =>
    [1, 2].some((slot) => keys.has(`output_blocks.${index}.${slot}.conv.weight`)),
  );
  return (key) => {
    const [, layer, kind] = /^(.+)\.(weight|bias)$/.exec(key) ?? [];
    if (layer === undefined) return undefined;
    const name =
      OUTER_LAYERS.get(layer) ??
      inputLayer(layer, inputPlaces) ??
      middleLayer(layer) ??
      outputLayer(layer, outputPlaces);
    return name && `${name}.${kind}`;
  };
}

/** The places of the blocks from number `first` on; a block that ends its level is the level's last. */
function places(
  list: string,
  first: number,
  keys: ReadonlySet<string>,
  endsLevel: (index: number) => boolean,
): ReadonlyMap<number, Place> {
  const numbers = [...keys]
    .filter((key) => key.startsWith(`${list}.`))
    .map((key) => Number(key.split('.')[1]));
  const indices = [...new Set(numbers)].filter((index) => index >= first).sort((a, b) => a - b);
  const result = new Map<number, Place>();
  let place: Place = { block: 0, layer: 0 };
  for (const index of indices) {
    result.set(index, place);
    place = endsLevel(index)
      ? { block: place.block + 1, layer: 0 }
      : { block: place.block, layer: place.layer + 1 };
  }
  return result;
}

function inputLayer(layer: string, places: ReadonlyMap<number, Place>): string | undefined {
  const [, index, slot, inner = ''] = /^input_blocks\.(\d+)\.([01])\.(.+)$/.exec(layer) ?? [];
  const place = places.get(Number(index));
  if (!place) return undefined;
  const block = `down_blocks.${place.block}`;
  if (slot === '0' && inner === 'op') return `${block}.downsamplers.0.conv`;
  return slot === '0'
    ? resnetLayer(`${block}.resnets.${place.layer}`, inner)
    : `${block}.attentions.${place.layer}.${inner}`;
}

function middleLayer(layer: string): string | undefined {
  const [, index = '', inner = ''] = /^middle_block\.([012])\.(.+)$/.exec(layer) ?? [];
  const part = MIDDLE_BLOCK.get(index);
  if (!part) return undefined;
  return index === '1' ? `${part}.${inner}` : resnetLayer(part, inner);
}

function outputLayer(layer: string, places: ReadonlyMap<number, Place>): string | undefined {
  const [, index, slot, inner = ''] = /^output_blocks\.(\d+)\.([012])\.(.+)$/.exec(layer) ?? [];
  const place = places.get(Number(index));
  if (!place) return undefined;
  const block = `up_blocks.${place.block}`;
  if (slot === '0') return resnetLayer(`${block}.resnets.${place.layer}`, inner);
  if (inner === 'conv') return `${block}.upsamplers.0.conv`;
  return slot === '1' ? `${block}.attentions.${place.layer}.${inner}` : undefined;
}

function resnetLayer(resnet: string, inner: string): string | undefined {
  const name = RESNET_LAYERS.get(inner);
  return name && `${resnet}.${name}`;
}
