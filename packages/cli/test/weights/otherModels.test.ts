import { cpSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { writeSafetensors } from '@lusd/tensor';
import { beforeAll, expect, test } from 'vitest';
import { lusd, lusdIn, ONE_ERROR, PROMPTS, SHAPES, temporaryFolder } from '../lusd.ts';
import { disc } from '../pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');

const edit = (weights: string, ...flags: string[]) =>
  lusd(
    ...['edit', '--weights', join(folder, weights), ...PROMPTS, '--image', picture],
    ...['--output', join(folder, 'never.png'), ...flags],
  );

/** A file that holds a number under each name. */
async function writeNames(path: string, ...names: string[]): Promise<void> {
  const scalar = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
  await writeSafetensors(join(folder, path), new Map(names.map((name) => [name, scalar])));
}

function writeJson(path: string, value: object): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify(value));
}

beforeAll(async () => {
  writeFileSync(picture, encodePng(disc()));
  mkdirSync(join(folder, 'empty'));
  // Names as these kinds of files are published with.
  writeJson('clip/config.json', { architectures: ['CLIPModel'], model_type: 'clip' });
  writeJson('unet/config.json', { _class_name: 'UNet2DConditionModel' });
  const names = ['unet', 'vae', 'text_encoder', 'text_encoder_2', 'tokenizer', 'tokenizer_2', 'scheduler'];
  writeJson('sdxl/model_index.json', {
    _class_name: 'StableDiffusionXLPipeline',
    ...Object.fromEntries(names.map((name) => [name, ['diffusers', 'Any']])),
  });
  writeJson('flux/model_index.json', { _class_name: 'FluxPipeline', transformer: ['diffusers', 'Any'] });
  mkdirSync(join(folder, 'lora'));
  await writeNames('lora/pytorch_lora_weights.safetensors', 'unet.conv_in.lora_A.weight');
  await writeNames('lora.safetensors', 'lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight');
  await writeNames('clip.safetensors', 'vision_model.embeddings.class_embedding', 'logit_scale');
  await writeNames('part.safetensors', 'down_blocks.0.resnets.0.conv1.weight');
  const xl = ['conditioner.embedders.0.transformer.text_model.final_layer_norm.bias'];
  const second = 'conditioner.embedders.1.model.ln_final.bias';
  await writeNames('xl.safetensors', 'model.diffusion_model.out.2.bias', second, ...xl);
  await writeNames('other.safetensors', 'layers.0.self_attn.q_proj.weight');
  writeFileSync(join(folder, 'model.ckpt'), 'PK');
  writeFileSync(join(folder, 'page.safetensors'), '<!DOCTYPE html><html>Not found</html>');
});

test.each([
  ['empty', /empty has no model_index\.json: it is an empty folder/],
  ['clip', /clip holds a CLIPModel, not a whole pipeline/],
  ['unet', /unet holds a UNet2DConditionModel, not a whole pipeline/],
  ['lora', /lora holds a LoRA, not a whole model/],
  ['sdxl', /sdxl holds a StableDiffusionXLPipeline \(with text_encoder_2\)/],
  ['flux', /flux holds a FluxPipeline \(with transformer\)/],
  ['lora.safetensors', /lora\.safetensors holds a LoRA, .*; merge it into its checkpoint /],
  ['clip.safetensors', /clip\.safetensors holds a CLIP model/],
  ['part.safetensors', /part\.safetensors holds one component of a diffusers folder/],
  ['xl.safetensors', /xl\.safetensors holds Stable Diffusion XL/],
  ['other.safetensors', /other\.safetensors has no tensors under 'model\.diffusion_model\.'/],
  ['model.ckpt', /model\.ckpt is a Python pickle/],
])('%s is named for what it is', (weights, says) => {
  const { code, stderr, stdout } = edit(weights);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
});

test('a page in place of a download, a name that there is not, and a model that was not pulled', () => {
  expect(edit('page.safetensors').stderr).toMatch(
    /^error: \S*page\.safetensors is a web page, not weights: "<!DOCTYPE html>.*"; download it again .*\.$/,
  );
  expect(edit('nowhere').stderr).toMatch(
    /there are no weights '\S*nowhere'; give a diffusers folder, .* shapes, sd15/,
  );
  const { code, stderr } = lusdIn({ env: { HF_HOME: folder } }, 'weights', 'inspect', 'sd15-single');
  expect(code).toBe(1);
  expect(stderr).toMatch(/run `lusd weights pull sd15-single` \(4\.3 GB\)\.$/);
});

test('a model cut off while it was copied: the file is named, with a stack only for --debug', () => {
  cpSync(SHAPES, join(folder, 'cut'), { recursive: true });
  truncateSync(join(folder, 'cut/unet/diffusion_pytorch_model.safetensors'), 100_000);
  const plain = edit('cut');
  expect(plain.code).toBe(1);
  const message =
    /^error: \S*cut\/unet\/diffusion_pytorch_model\.safetensors: .*it is damaged; download the file again, or give another\.$/m;
  expect(plain.stderr).toMatch(message);
  expect(plain.stderr).not.toMatch(/^\s+at /m);
  const debugged = edit('cut', '--debug');
  expect(debugged.stderr).toMatch(message);
  expect(debugged.stderr).toMatch(/^\s+at /m);
  const { events } = edit('cut', '--debug', '--json');
  expect(events.at(-1)).toMatchObject({ event: 'error', stack: expect.stringContaining('    at ') });
});
