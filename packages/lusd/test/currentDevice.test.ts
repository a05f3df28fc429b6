import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The default device is for what people call: factories of tensors, captures and loaders. Anything below them that read
 * it would put a part of a model on whichever device was opened last.
 */
const READERS = [
  'sd-models/src/clip/loadClip.ts',
  'sd-models/src/dino/loadDino.ts',
  'sd-models/src/lpips/loadLpips.ts',
  'sd-models/src/pipelines/stableDiffusion.ts',
  'sd-models/src/weights/load.ts',
  'tensor/src/capture.ts',
  'tensor/src/compileKernels.ts',
  'tensor/src/ops/create.ts',
  'tensor/src/ops/random.ts',
  'tensor/src/stateFile.ts',
];

function sourcesOf(name: string): string[] {
  return readdirSync(`${PACKAGES}${name}/src`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${name}/src/${file.replaceAll('\\', '/')}`);
}

test('only factories, captures and loaders read the current device', () => {
  const readers = ['tensor', 'sd-models', 'lusd']
    .flatMap(sourcesOf)
    .filter((file) => /(?<!function )\bcurrentDevice\(/.test(readFileSync(`${PACKAGES}${file}`, 'utf8')));
  expect(readers.sort()).toEqual(READERS);
});
