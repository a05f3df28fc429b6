import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TensorData, writeSafetensors } from '@lusd/tensor';
import { PNG } from 'pngjs';

/** 8-bit red, green and blue. */
export type Colour = readonly [red: number, green: number, blue: number];

/** RGB, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** What captions mean: a caption of n words (`caption`) means the n-th colour. */
export const PALETTE = {
  red: [220, 40, 40],
  green: [40, 200, 60],
  blue: [30, 60, 230],
  yellow: [230, 220, 30],
} as const satisfies Readonly<Record<string, Colour>>;
export type ColourName = keyof typeof PALETTE;
const NAMES = Object.keys(PALETTE) as ColourName[];

const WIDTH = 4;
const PATCH = 56;
const PATCHES = (224 / PATCH) ** 2;
const [START, END, VOCABULARY] = [62, 63, 64];
const MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const STD = [0.26862954, 0.26130258, 0.27577711] as const;

/**
 * Where the CLIP of {@link writeColourClip} puts a picture of one colour, up to length: CLIP's normalised red, green
 * and blue, and what makes their sum 0, which layer normalisations then leave as it is.
 */
export function direction(colour: Colour): number[] {
  const channels = colour.map((value, i) => (value / 255 - MEAN[i]!) / STD[i]!);
  return [...channels, -channels.reduce((sum, value) => sum + value, 0)];
}

/** The cosine that follows from {@link direction}. */
export function colourCosine(a: Colour, b: Colour): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const [x, y] = [direction(a), direction(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

export function caption(name: ColourName): string {
  return new Array<string>(NAMES.indexOf(name) + 1).fill('a').join(' ');
}

/** A picture of one colour. */
export function plain(colour: Colour, width = 32, height = 24): Picture {
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => colour[i % 3]!) };
}

/**
 * Writes a folder of a CLIP that can be computed by hand. Its image encoder has one layer whose class token takes the
 * mean of the patches, each of which is its mean colour; its text encoder sees only where a text ends.
 */
export async function writeColourClip(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tower = {
    hidden_size: WIDTH,
    intermediate_size: WIDTH,
    num_hidden_layers: 1,
    num_attention_heads: 1,
  };
  const config = {
    text_config: { ...tower, vocab_size: VOCABULARY, eos_token_id: END },
    vision_config: { ...tower, patch_size: PATCH },
    projection_dim: WIDTH,
  };
  const vocabulary = { '!': 0, 'a</w>': 1, a: 2, '<|startoftext|>': START, '<|endoftext|>': END };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'vocab.json'), JSON.stringify(vocabulary));
  writeFileSync(join(folder, 'merges.txt'), '#version: 0.2\n');
  await writeSafetensors(join(folder, 'model.safetensors'), colourWeights());
}

function colourWeights(): Map<string, TensorData> {
  const square = [WIDTH, WIDTH];
  const identity = (i: number) => (i % (WIDTH + 1) === 0 ? 1 : 0);
  // The start token is at 0, so the end token of the n-th caption is at n + 1.
  const meaning = (i: number) => {
    const name = NAMES[Math.floor(i / WIDTH) - 2];
    return name === undefined ? 0 : direction(PALETTE[name])[i % WIDTH]!;
  };
  const meanColour = (i: number) => {
    const [output, input] = [Math.floor(i / (3 * PATCH * PATCH)), Math.floor(i / (PATCH * PATCH)) % 3];
    return (output === input ? 1 : output === 3 ? -1 : 0) / (PATCH * PATCH);
  };
  const attention = 'vision_model.encoder.layers.0.self_attn';
  return new Map<string, TensorData>([
    ...layer('text_model'),
    ...layer('vision_model'),
    weight(`${attention}.v_proj.weight`, square, identity),
    weight(`${attention}.out_proj.weight`, square, identity),
    weight('text_model.embeddings.token_embedding.weight', [VOCABULARY, WIDTH]),
    weight('text_model.embeddings.position_embedding.weight', [77, WIDTH], meaning),
    ...norm('text_model.final_layer_norm'),
    weight('vision_model.embeddings.class_embedding', [WIDTH]),
    weight('vision_model.embeddings.patch_embedding.weight', [WIDTH, 3, PATCH, PATCH], meanColour),
    weight('vision_model.embeddings.position_embedding.weight', [1 + PATCHES, WIDTH]),
    ...norm('vision_model.pre_layrnorm'),
    ...norm('vision_model.post_layernorm'),
    weight('text_projection.weight', square, identity),
    weight('visual_projection.weight', square, identity),
    weight('logit_scale', []),
  ]);
}

/** A layer that adds nothing to its input. */
function layer(tower: string): [string, TensorData][] {
  const name = `${tower}.encoder.layers.0`;
  const maps = ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((map) => `self_attn.${map}`);
  const linear = [...maps, 'mlp.fc1', 'mlp.fc2'].flatMap((map) => [
    weight(`${name}.${map}.weight`, [WIDTH, WIDTH]),
    weight(`${name}.${map}.bias`, [WIDTH]),
  ]);
  return [...linear, ...norm(`${name}.layer_norm1`), ...norm(`${name}.layer_norm2`)];
}

function norm(name: string): [string, TensorData][] {
  return [weight(`${name}.weight`, [WIDTH], () => 1), weight(`${name}.bias`, [WIDTH])];
}

function weight(
  name: string,
  shape: readonly number[],
  value: (i: number) => number = () => 0,
): [string, TensorData] {
  const length = shape.reduce((product, extent) => product * extent, 1);
  return [name, { dtype: 'F32', shape, data: Float32Array.from({ length }, (_, i) => value(i)) }];
}

/** A turn in colours: what is edited, what should come of it, what came of it, and what the captions mean. */
export interface ColourTurn {
  readonly id: string;
  readonly turn: number;
  readonly input: Colour;
  readonly truth: Colour;
  readonly result: Colour;
  readonly local: ColourName;
  readonly global: ColourName;
}

/** The turn's scores in closed form, by the metrics' names. */
export function expectedScores({ input, truth, result, local, global }: ColourTurn) {
  const differences = result.map((value, i) => (value - truth[i]!) / 255);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 3;
  return {
    l1: meanOf(differences.map(Math.abs)),
    l2: meanOf(differences.map((difference) => difference ** 2)),
    clip_i: colourCosine(result, truth),
    clip_t: colourCosine(result, PALETTE[local]),
    clip_r: colourCosine(result, PALETTE[global]) / colourCosine(input, PALETTE[global]),
  };
}

/** The summary of turns whose CLIP-R is above 1.40 (`passed`) or below 1, in closed form. */
export function expectedSummary(turns: readonly ColourTurn[]) {
  const scores = turns.map(expectedScores);
  const passed = scores.filter(({ clip_r }) => clip_r > 1.4);
  type Scores = (typeof scores)[number];
  const mean = (of: readonly Scores[], metric: keyof Scores) =>
    of.reduce((sum, score) => sum + score[metric], 0) / of.length;
  return {
    count: turns.length,
    l1: mean(scores, 'l1'),
    l2: mean(scores, 'l2'),
    clip_i: mean(scores, 'clip_i'),
    clip_t: mean(scores, 'clip_t'),
    clip_r: mean(scores, 'clip_r'),
    clip_auc: (0.4 * passed.length) / scores.length,
    l1_star: 0.22 * mean(passed, 'l1'),
    clip_i_star: 0.22 * mean(passed, 'clip_i'),
  };
}

/** Where {@link writeTurns} put things. */
export interface ColourFolder {
  readonly generated: string;
  readonly groundTruth: string;
  readonly local: string;
  readonly global: string;
}

/** Writes pictures and captions as MagicBrush has them, results in another size than the ground truth. */
export function writeTurns(folder: string, turns: readonly ColourTurn[]): ColourFolder {
  const [generated, groundTruth] = [join(folder, 'results'), join(folder, 'truth')];
  const captions = { local: {} as Record<string, object>, global: {} as Record<string, object> };
  for (const { id, turn, input, truth, result, local, global } of turns) {
    const inputName = turn === 1 ? 'input' : `output${turn - 1}`;
    writePicture(join(groundTruth, id, `${id}-${inputName}.png`), plain(input));
    writePicture(join(groundTruth, id, `${id}-output${turn}.png`), plain(truth));
    const resultName = turn === 1 ? '1' : `inde_${turn}`;
    writePicture(join(generated, id, `${id}_${resultName}.png`), plain(result, 48, 48));
    const key = `${id}-output${turn}.png`;
    captions.local[id] = { ...captions.local[id], [key]: caption(local) };
    captions.global[id] = { ...captions.global[id], [key]: caption(global) };
  }
  const [local, global] = [join(folder, 'local.json'), join(folder, 'global.json')];
  writeFileSync(local, JSON.stringify(captions.local));
  writeFileSync(global, JSON.stringify(captions.global));
  return { generated, groundTruth, local, global };
}

export function writePicture(path: string, image: Picture): void {
  mkdirSync(dirname(path), { recursive: true });
  const { width, height, data } = image;
  const png = Object.assign(new PNG({ width, height }), { data: Buffer.from(data) });
  writeFileSync(path, PNG.sync.write(png, { colorType: 2, inputColorType: 2, inputHasAlpha: false }));
}

const { green, blue, yellow } = PALETTE;
const orange: Colour = [230, 90, 40];

/**
 * A session of two turns and one of one. The first two reach their captions from inputs far from them, so that their
 * CLIP-R is above 1.40; the third goes away from its caption.
 */
export const TURNS: readonly ColourTurn[] = [
  {
    ...{ id: '9', turn: 1, local: 'red', global: 'red' },
    ...{ input: [180, 110, 90], truth: orange, result: [210, 60, 45] },
  },
  {
    ...{ id: '9', turn: 2, local: 'green', global: 'yellow' },
    ...{ input: orange, truth: yellow, result: [225, 190, 60] },
  },
  {
    ...{ id: '10', turn: 1, local: 'green', global: 'blue' },
    ...{ input: blue, truth: green, result: [90, 90, 180] },
  },
];
