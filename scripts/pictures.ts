/** Makes the pictures of README.md: edits of the shapes model, each as source, mask and result. `npm run docs:pictures` */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { edit, lusd } from '@lusd/lusd';
import { DEMO_EDITS, type DemoEdit, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { loadStableDiffusion, writePng } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';
import { sideBySide } from './sideBySide.ts';

const WEIGHTS = fileURLToPath(new URL('../weights/shapes', import.meta.url));
const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

async function editedStrip(pipeline: StableDiffusion, { picture, source, target }: DemoEdit): Promise<Image> {
  const image = draw(picture);
  const run = edit(pipeline, { image, source, target }, lusd(SHAPES_OPTIONS), { frame: { size: SIZE } });
  let mask: Image | null = null;
  // The mask of the last iteration.
  for await (const step of run) if (step.mask) mask = await run.maskPicture(step.mask);
  if (!mask) throw new Error(`the edit to "${target}" has no mask`);
  return sideBySide([image, mask, await run.result()]);
}

const device = await openDevice({ log: null });
mkdirSync(FOLDER, { recursive: true });
using pipeline = await loadStableDiffusion(WEIGHTS);
for (const demoEdit of DEMO_EDITS) {
  const path = `${FOLDER}${demoEdit.name}.png`;
  await writePng(path, await editedStrip(pipeline, demoEdit));
  console.log(`${path}: "${demoEdit.source}" -> "${demoEdit.target}"`);
}
device.destroy();
