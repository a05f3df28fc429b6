import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { cacheFolderOf } from '../../src/edit/editKeeper.ts';
import { type EditRecord, formatRecord } from '../../src/edit/editRecord.ts';
import { disc, plain } from '../pictures.ts';

/** Iterations of the sample edits. */
const STEPS = 6;

/** How an edit went, as `lusd edit` keeps it; its last step but one is exhausted. */
export function sampleRecord(changes: Partial<EditRecord> = {}): EditRecord {
  return {
    version: 1,
    method: 'lusd',
    options: { numSteps: STEPS, lr: 1 },
    image: 'disc.png',
    prompts: { source: 'a red circle on sand', target: 'a blue circle on sand' },
    words: ['circle'],
    seed: 0,
    rng: 'cuda',
    weights: 'shapes',
    dtype: 'f16',
    device: 'a device',
    size: [128, 128],
    source: 'source.png',
    mask: 'mask.png',
    previews: [0, 2, 4, 5].map((iteration) => ({ iteration, file: `step_00${iteration}.png` })),
    steps: Array.from({ length: STEPS }, (_, iteration) => ({
      iteration,
      timestep: 900 - 100 * iteration,
      attempts: iteration === 4 ? 1000 : 1 + iteration,
      std: 0.1 / (1 + iteration),
      threshold: 0.01,
      exhausted: iteration === 4,
    })),
    result: { file: '../../result.png', sha256: '' },
    error: null,
    ...changes,
  };
}

const files = {
  source: encodePng(disc()),
  mask: encodePng(plain(128)),
  preview: encodePng({ width: 256, height: 128, data: new Uint8Array(256 * 128 * 3).fill(200) }),
};

/** Writes a result and what is kept of it; a record with an error has no result. */
export function writeEdit(path: string, changes: Partial<EditRecord> = {}, picture = disc(40)): void {
  const png = encodePng(picture);
  const sha256 = createHash('sha256').update(png).digest('hex');
  const folder = cacheFolderOf(path);
  mkdirSync(folder, { recursive: true });
  const isFailed = typeof changes.error === 'string';
  const result = isFailed ? null : { file: '../../result.png', sha256 };
  const record = sampleRecord({ result, ...changes });
  if (!isFailed) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, png);
  }
  writeFileSync(join(folder, 'source.png'), files.source);
  writeFileSync(join(folder, 'mask.png'), files.mask);
  for (const { file } of record.previews) writeFileSync(join(folder, file), files.preview);
  writeFileSync(join(folder, 'edit.json'), formatRecord(record));
}
