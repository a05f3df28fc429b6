import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { draw, SHAPES_EDITS, type ShapesEdit } from '@lusd/lusd/shapes';
import { writePng } from '@lusd/sd-models/node';
import { writeWhole } from '../results.ts';

/** Draws the first test edits' pictures into `folder`, with the `index.csv` that `lusd run` reads. */
export async function writePictures(folder: string, count: number): Promise<readonly ShapesEdit[]> {
  mkdirSync(folder, { recursive: true });
  const edits = SHAPES_EDITS.test.slice(0, count);
  for (const [i, { picture }] of edits.entries()) await writePng(join(folder, pictureName(i)), draw(picture));
  const rows = edits.map(({ source, target }, i) => `${pictureName(i)},${source},${target}`);
  writeWhole(join(folder, 'index.csv'), `${['img_path,source_prompt,target_prompt', ...rows].join('\n')}\n`);
  return edits;
}

function pictureName(edit: number): string {
  return `${edit}.png`;
}
