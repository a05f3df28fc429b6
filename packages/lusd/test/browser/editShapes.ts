import { type ModelFolder, StableDiffusion } from '@lusd/sd-models';
import { type AdapterFacts, type Device, openDevice } from '@lusd/tensor';
import { edit, lusd } from '../../src/index.ts';
import { draw, SHAPES_EDITS, SHAPES_OPTIONS } from '../../src/shapes/index.ts';

const [EXAMPLE] = SHAPES_EDITS.tuning;
const OPTIONS = { ...SHAPES_OPTIONS, numSteps: 3 };
const SETTINGS = { frame: { size: 64 }, draws: { seed: 1, rng: 'cpu' } } as const;

/** What is compared: the pixels of an edit; and what it ran on. */
export interface EditedShapes {
  readonly facts: AdapterFacts;
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

/** A short edit of a drawn picture by the shapes model in `folder`. Nothing in it depends on where it runs. */
export async function editShapes(folder: ModelFolder, adapter: string): Promise<EditedShapes> {
  const device = await openDevice({ adapter, log: null });
  try {
    return await editOn(device, folder);
  } finally {
    device.destroy();
  }
}

async function editOn(device: Device, folder: ModelFolder): Promise<EditedShapes> {
  if (!EXAMPLE) throw new Error('there is no edit to try');
  const { picture, source, target } = EXAMPLE;
  using model = await StableDiffusion.load(folder, { device, dtype: 'f32' });
  const request = { image: draw(picture), source, target };
  const { width, height, data } = await edit(model, request, lusd(OPTIONS), SETTINGS).result();
  return { facts: device.facts, width, height, pixels: [...data] };
}
