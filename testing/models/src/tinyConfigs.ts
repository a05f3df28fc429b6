/** The configurations of the specification's small models, as their `config.json` has them. */
export const TINY_CONFIGS = {
  unet: {
    block_out_channels: [32, 64, 64, 64],
    cross_attention_dim: 32,
    attention_head_dim: 8,
    sample_size: 8,
  },
  vae: { block_out_channels: [32, 64, 64, 64], layers_per_block: 2 },
  text_encoder: {
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 1000,
    eos_token_id: 2,
  },
};

/** Ids of the bytes, then of the bytes that end a word; start and end have the ids of the small models. */
export function byteVocabulary(): Map<string, number> {
  const bytes = byteCharacters();
  const tokens = [...bytes, ...bytes.map((character) => `${character}</w>`)];
  return new Map([
    ...tokens.map((token, id): [string, number] => [token, id]),
    ['<|startoftext|>', 998],
    ['<|endoftext|>', 999],
  ]);
}

/** The characters of GPT-2's `bytes_to_unicode`: the visible bytes of Latin-1, then U+0100 and up for the others. */
function byteCharacters(): string[] {
  const codes = Array.from({ length: 256 }, (_, byte) => byte);
  const visible = codes.filter(
    (byte) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae,
  );
  const others = Array.from({ length: 256 - visible.length }, (_, i) => 0x100 + i);
  return String.fromCharCode(...visible, ...others).split('');
}
