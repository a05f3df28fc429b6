import type { Image } from '@lusd/sd-models';
import { DISTANCES, type Distance, HAT_LINE, hat, type Shape } from './distances.ts';

// The world that the shapes model was trained on; formulas and numbers are those of reference/shapes/world.py.

/** Width and height of a picture in pixels. */
export const SIZE = 128;

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colours by name, as red, green and blue from 0 to 255. */
export const COLOURS = {
  red: [220, 40, 40],
  blue: [40, 80, 220],
  green: [30, 150, 50],
  yellow: [245, 215, 40],
  purple: [140, 50, 180],
  orange: [245, 135, 25],
  white: [250, 250, 250],
  black: [20, 20, 20],
} as const satisfies Readonly<Record<string, Rgb>>;

/** The name of a colour that shapes, hats and their captions have. */
export type Colour = keyof typeof COLOURS;

/** A background. */
interface Scene {
  /** How captions name it. */
  readonly phrase: string;
  readonly skyTop: Rgb;
  readonly skyBottom: Rgb;
  readonly groundTop: Rgb;
  readonly groundBottom: Rgb;
}

function scene(phrase: string, skyTop: Rgb, skyBottom: Rgb, groundTop: Rgb, groundBottom: Rgb): Scene {
  return { phrase, skyTop, skyBottom, groundTop, groundBottom };
}

/** The backgrounds by name. */
export const SCENES = {
  grass: scene('on grass', [130, 170, 205], [170, 200, 220], [135, 175, 105], [100, 145, 80]),
  sand: scene('on sand', [125, 175, 205], [170, 205, 215], [215, 190, 145], [190, 160, 115]),
  snow: scene('on snow', [130, 150, 175], [165, 180, 195], [232, 236, 242], [205, 212, 225]),
  night: scene('at night', [22, 26, 60], [45, 50, 95], [40, 48, 60], [28, 34, 44]),
  dusk: scene('at dusk', [95, 70, 120], [205, 130, 115], [95, 75, 80], [70, 55, 65]),
  sea: scene('at sea', [150, 185, 205], [185, 210, 220], [60, 125, 165], [35, 90, 135]),
};

/** The name of a background. */
export type SceneName = keyof typeof SCENES;

/** A shape of a colour around (x, y) with radius r in pixels, and its hat's colour if it wears one. */
export interface Thing {
  readonly shape: Shape;
  readonly colour: Colour;
  readonly x: number;
  readonly y: number;
  readonly r: number;
  readonly hat?: Colour;
}

/** What is drawn in a picture of the world: a scene, and the things in it. */
export interface Picture {
  readonly scene: SceneName;
  /** Height of the horizon in pixels from the top. */
  readonly horizon: number;
  readonly things: readonly Thing[];
}

/** The picture in 8-bit RGB, 128 x 128. */
export function draw({ scene, horizon, things }: Picture): Image {
  const canvas = new Float32Array(SIZE * SIZE * 3);
  paintBackground(canvas, SCENES[scene], horizon);
  for (const { shape, colour, x, y, r, hat: hatColour } of things) {
    paint(canvas, DISTANCES[shape], COLOURS[colour], x, y, r);
    if (hatColour) paint(canvas, hat, COLOURS[hatColour], x, y - HAT_LINE[shape] * r, r);
  }
  return { width: SIZE, height: SIZE, data: Uint8Array.from(canvas) };
}

function paintBackground(canvas: Float32Array, scene: Scene, horizon: number): void {
  for (let j = 0; j < SIZE; j++) {
    const v = j + 0.5;
    const sky = mix(scene.skyTop, scene.skyBottom, clamp(v / horizon));
    const ground = mix(scene.groundTop, scene.groundBottom, clamp((v - horizon) / (SIZE - horizon)));
    const row = mix(sky, ground, clamp(v - horizon + 0.5));
    for (let i = 0; i < SIZE; i++) canvas.set(row, (j * SIZE + i) * 3);
  }
}

/** Antialiased over one pixel at the edge. */
function paint(canvas: Float32Array, distance: Distance, colour: Rgb, x: number, y: number, r: number): void {
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    const [i, j] = [pixel % SIZE, Math.floor(pixel / SIZE)];
    const coverage = clamp(0.5 - r * distance((i + 0.5 - x) / r, (j + 0.5 - y) / r));
    if (coverage === 0) continue;
    const below = canvas.subarray(pixel * 3, pixel * 3 + 3);
    below.set(mix([below[0]!, below[1]!, below[2]!], colour, coverage));
  }
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** For example "a red circle with a blue hat and a yellow star on sand". */
export function caption({ scene, things }: Picture): string {
  const parts = things.map(({ colour, shape, hat: hatColour }) => {
    const text = `${withArticle(colour)} ${shape}`;
    return hatColour ? `${text} with ${withArticle(hatColour)} hat` : text;
  });
  return `${parts.join(' and ')} ${SCENES[scene].phrase}`;
}

function withArticle(word: string): string {
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}
