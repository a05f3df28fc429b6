import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '@lusd/tensor';
import { expect, test } from 'vitest';
import { tarFolder } from '../../examples/weightFormat/tarFolder.ts';
import { openCheckpoint } from '../../src/index.ts';
import { diskFolder } from '../../src/node/diskFolder.ts';

const SHAPES = fileURLToPath(new URL('../../../../weights/shapes', import.meta.url));

test('a folder of one’s own: a checkpoint is read out of an archive that tar made', async () => {
  const options = ['--create', '--format=ustar', `--directory=${SHAPES}`, '.'];
  const archive = new Blob([execFileSync('tar', options, { maxBuffer: 2 ** 26 })]);
  const inArchive = await openCheckpoint(await tarFolder(archive, 'shapes.tar'));
  const onDisk = await openCheckpoint(diskFolder(SHAPES));
  expect(inArchive.problems()).toEqual([]);
  const key = 'conv_in.weight';
  const bytes = await Promise.all(
    [inArchive, onDisk].map(async ({ unet }) => {
      const source = unet.stateDict.get(key);
      if (!source) throw new Error(`there is no ${key}`);
      await using file = await openSafetensors(source.file.source);
      return file.read(source.key);
    }),
  );
  expect(bytes[0]).toEqual(bytes[1]);
});
