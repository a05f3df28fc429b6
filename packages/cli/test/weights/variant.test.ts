import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusd, ONE_ERROR, PROMPTS, SHAPES, temporaryFolder, thorough } from '../lusd.ts';
import { disc, filesOf } from '../pictures.ts';

const folder = temporaryFolder();
const model = join(folder, 'model');
const image = join(folder, 'disc.png');

/** A folder whose full-precision weights cannot be read, and whose fp16 ones can. */
beforeAll(() => {
  writeFileSync(image, encodePng(disc()));
  cpSync(SHAPES, model, { recursive: true });
  for (const name of Object.keys(filesOf(model)).filter((file) => file.endsWith('.safetensors'))) {
    const path = join(model, name);
    cpSync(path, path.replace(/\.safetensors$/, '.fp16.safetensors'));
    writeFileSync(path, 'damaged');
  }
});

const edit = (weights: string, ...flags: string[]) =>
  lusd(
    ...['edit', '--weights', weights, ...PROMPTS, '--size', '64', '--num-steps', '1'],
    ...['--image', image, '--output', join(folder, 'result.png'), ...flags],
  );

describe('C6: --variant', () => {
  thorough('chooses among the precisions of a folder', () => {
    expect(edit(model, '--variant', 'fp16')).toMatchObject({ code: 0 });
    expect(edit(model)).toMatchObject({ code: 1, stderr: expect.stringMatching(/safetensors/) });
  });

  test('that the folder lacks is told with what it has', () => {
    const { code, stderr } = edit(model, '--variant', 'bf16');
    expect(code).toBe(1);
    expect(stderr.split('\n').at(-1)).toMatch(
      /unet has no safetensors weights of the variant 'bf16'; it has .*fp16\.safetensors.*; .* another variant\.$/,
    );
  });

  test('is wrong usage for a single file', () => {
    const file = join(folder, 'model.safetensors');
    const tensor = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const header = Buffer.from(JSON.stringify({ 'model.diffusion_model.a': tensor }));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(4)]));
    const { code, stderr } = edit(file, '--variant', 'fp16', '--config-folder', SHAPES);
    expect(code).toBe(2);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toMatch(/--variant fp16 chooses among the files of a folder, but .* is one file/);
  });
});
