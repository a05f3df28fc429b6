/**
 * Makes the pictures of docs/studio.md that show what an option does: a drawn picture, then its edit at each value, with
 * the other options at the shapes model's. Writes the section that lists them. `npm run docs:pictures`
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { edit, type LusdOptions, lusd, METHOD_OPTIONS } from '@lusd/lusd';
import { DEMO_EDITS, type DemoEdit, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { loadStableDiffusion, writePng } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';
import { writeSection } from '../bench/src/documentSection.ts';
import { sideBySide } from './sideBySide.ts';

const WEIGHTS = fileURLToPath(new URL('../weights/shapes', import.meta.url));
const FOLDER = fileURLToPath(new URL('../docs/pictures/options/', import.meta.url));

/** An option with the values that are shown, on one of the demo's edits. */
interface Strip {
  readonly option: keyof LusdOptions;
  readonly values: readonly number[];
  readonly edit: string;
  /** What to look at. */
  readonly says: string;
}

const STRIPS: readonly Strip[] = [
  {
    option: 'numSteps',
    values: [2, 5, 10, 20, 40],
    edit: 'replace-square',
    says: 'The shape comes first, then its edge.',
  },
  {
    option: 'lr',
    values: [0.05, 0.1, 0.2, 0.4, 0.8],
    edit: 'recolour-heart',
    says: "Too small, and the colour does not arrive; beyond the model's 0.2 little changes, since steps are normalised.",
  },
  {
    option: 'regScale',
    values: [0, 0.1, 0.25, 0.5, 1],
    edit: 'recolour-heart',
    says: 'The pull back to the source: without it the colour overshoots and the background turns dull; too strong, and nothing changes.',
  },
  {
    option: 'dsHigh',
    values: [0.02, 0.05, 0.15, 0.3, 0.6],
    edit: 'recolour-heart',
    says: 'The size of the first steps: too small, and the colour does not arrive.',
  },
  {
    option: 'dsLow',
    values: [0.002, 0.01, 0.05, 0.15, 0.3],
    edit: 'recolour-heart',
    says: 'The size of the last steps: too large, and they leave blotches.',
  },
  {
    option: 'threshold',
    values: [0, 0.02, 0.1, 0.15, 0.2],
    edit: 'insert-hat',
    says: 'Where weak draws count too, the hat stays small; the higher, the more draws a step takes.',
  },
  {
    option: 'crossAttnMomentum',
    values: [0.01, 0.05, 0.1, 0.5, 1],
    edit: 'insert-hat',
    says: 'How fast the mask follows the model; in this edit one hardly sees it.',
  },
  {
    option: 'tMin',
    values: [50, 200, 400, 600],
    edit: 'replace-square',
    says: 'Without low timesteps the shape does not come.',
  },
  {
    option: 'tMax',
    values: [300, 500, 750, 950],
    edit: 'replace-square',
    says: 'High timesteps add little to this change.',
  },
];

function demoOf({ edit: wanted }: Strip): DemoEdit {
  return DEMO_EDITS.find(({ name }) => name === wanted)!;
}

async function edited(pipeline: StableDiffusion, strip: Strip, value: number): Promise<Image> {
  const { picture, source, target } = demoOf(strip);
  const editor = lusd({ ...SHAPES_OPTIONS, [strip.option]: value });
  return edit(pipeline, { image: draw(picture), source, target }, editor, { frame: { size: SIZE } }).result();
}

/** What every option is on the shapes model. */
const OWN: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(METHOD_OPTIONS.map(({ name, defaults }) => [name, defaults.lusd])),
  ...SHAPES_OPTIONS,
};

/** The option's name on the command line. */
function flagOf(option: string): string {
  const { flags } = METHOD_OPTIONS.find(({ name }) => name === option)!;
  return flags.split(' ', 1)[0]!.replace(/^--/, '');
}

function describe(strip: Strip): string {
  const { option, values, says } = strip;
  const shown = values.map((value) => (value === OWN[option] ? `**${value}**` : `${value}`)).join(', ');
  return `\`${flagOf(option)}\`, to "${demoOf(strip).target}": the source, then ${shown}. ${says}

![The source and its edits at these values](pictures/options/${flagOf(option)}.png)`;
}

const device = await openDevice({ log: null });
mkdirSync(FOLDER, { recursive: true });
using pipeline = await loadStableDiffusion(WEIGHTS);
for (const strip of STRIPS) {
  const images = [draw(demoOf(strip).picture)];
  for (const value of strip.values) images.push(await edited(pipeline, strip, value));
  const path = `${FOLDER}${flagOf(strip.option)}.png`;
  await writePng(path, sideBySide(images));
  console.log(path);
}
writeSection('studio.md', 'npm run docs:pictures', STRIPS.map(describe).join('\n\n'));
device.destroy();
