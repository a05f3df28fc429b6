/** Makes the pictures of README.md: edits of the shapes model, each as source, mask and result. `npm run docs:pictures` */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { edit, lusd } from '@lusd/lusd';
import { DEMO_EDITS, type DemoEdit, draw, SHAPES_OPTIONS, SIZE } from '@lusd/lusd/shapes';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { loadStableDiffusion, writePng } from '@lusd/sd-models/node';
import { openDevice } from '@lusd/tensor';

const WEIGHTS = fileURLToPath(new URL('../weights/shapes', import.meta.url));
const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
/** White between pictures, in pixels. */
const GAP = 6;

async function editedStrip(pipeline: StableDiffusion, { picture, source, target }: DemoEdit): Promise<Image> {
  const image = draw(picture);
  const run = edit(pipeline, { image, source, target }, lusd(SHAPES_OPTIONS), { frame: { size: SIZE } });
  let mask: Image | null = null;
  // The mask of the last iteration.
  for await (const step of run) if (step.mask) mask = await run.maskPicture(step.mask);
  if (!mask) throw new Error(`the edit to "${target}" has no mask`);
  return sideBySide([image, mask, await run.result()]);
}

/** Pictures of one size in a row. */
function sideBySide(images: readonly Image[]): Image {
  const width = images.length * SIZE + (images.length - 1) * GAP;
  const data = new Uint8Array(width * SIZE * 3).fill(255);
  for (const [i, image] of images.entries()) {
    for (let y = 0; y < SIZE; y++) {
      const row = image.data.subarray(y * SIZE * 3, (y + 1) * SIZE * 3);
      data.set(row, (y * width + i * (SIZE + GAP)) * 3);
    }
  }
  return { width, height: SIZE, data };
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
