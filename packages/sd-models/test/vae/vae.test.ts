import { type DType, requireGrad, scope, type Tensor, TorchCpuGenerator, zeros } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseVaeConfig } from '../../src/vae/config.ts';
import { AutoencoderKL } from '../../src/vae/vae.ts';
import { type GoldenCase, pictureTensor, readGolden, under } from '../support/golden.ts';
import { recordOutputs } from '../support/recordOutputs.ts';

interface VaeRecord {
  readonly config: unknown;
  readonly weightSeed: number;
  readonly inputSeed: number;
  /** Of the picture, NCHW. */
  readonly shape: readonly [number, number, number, number];
  /** Side of a tile, in the tiled cases. */
  readonly tile?: number;
}

/** Every such element of a large output is stored. */
const STRIDE = 37;
const TOLERANCES = { f32: 1e-4, f16: 1e-2 } as const;

const cases = await readGolden<VaeRecord>('vae');
const whole = cases.filter(({ record }) => record.tile === undefined);
const tiled = cases.filter(({ record }) => record.tile !== undefined);

function build({ config, weightSeed }: VaeRecord, dtype: DType = 'f32'): AutoencoderKL {
  return fillWeights(new AutoencoderKL(parseVaeConfig(config)), weightSeed).to(dtype);
}

/** The picture, the latents and the upstream gradient, drawn in the reference's order. */
function inputsOf(vae: AutoencoderKL, { inputSeed, shape }: VaeRecord) {
  const generator = new TorchCpuGenerator(inputSeed);
  const [batch, channels, height, width] = shape;
  const { latentChannels, outChannels } = vae.config;
  const [h, w] = [height / vae.downscaleFactor, width / vae.downscaleFactor];
  const image = generator.rand(batch * channels * height * width).map((value) => value * 2 - 1);
  return {
    image: pictureTensor(image, shape),
    latents: pictureTensor(generator.randn(batch * latentChannels * h * w), [batch, latentChannels, h, w]),
    gradient: pictureTensor(generator.randn(batch * outChannels * height * width), [
      batch,
      outChannels,
      height,
      width,
    ]),
  };
}

async function strided(x: Tensor): Promise<Float32Array> {
  return (await x.data('f32')).filter((_, i) => i % STRIDE === 0);
}

function golden(c: GoldenCase<VaeRecord>, name: string): Float32Array {
  const found = c.tensors.get(name);
  if (!found) throw new Error(`${c.name} stores no ${name}`);
  return found.data;
}

describe.each(whole)('$name', (c) => {
  test.each(['f32', 'f16'] as const)(
    "every block, moments and picture equal diffusers' in %s",
    async (dtype) => {
      using vae = build(c.record, dtype);
      const rtol = TOLERANCES[dtype];
      const layers = under(c.tensors, 'layers/');
      const recorded = recordOutputs(vae, layers.keys());
      const { image, latents, gradient } = inputsOf(vae, c.record);
      const { mean, logvar } = vae.encode(image);
      const picture = vae.decode(latents);
      expectAllClose(await mean.data(), golden(c, 'mean'), { rtol, label: 'mean' });
      expectAllClose(await logvar.data(), golden(c, 'logvar'), { rtol, label: 'logvar' });
      expect([...recorded.keys()].sort()).toEqual([...layers.keys()].sort());
      for (const [path, output] of recorded) {
        expectAllClose(await strided(output), layers.get(path)!.data, { rtol, label: path });
      }
      expectAllClose(await strided(picture), golden(c, 'picture'), { rtol, label: 'picture' });
      for (const x of [image, latents, gradient, mean, logvar, picture, ...recorded.values()]) x.dispose();
    },
  );

  test("the decoder's gradient in the latents equals PyTorch's", async () => {
    using vae = build(c.record);
    const { image, latents, gradient } = inputsOf(vae, c.record);
    requireGrad(latents);
    scope(() => vae.decode(latents).backward({ gradient }));
    expectAllClose(await latents.grad!.data(), golden(c, 'grad_latents'), { rtol: 1e-3, label: 'gradient' });
    for (const x of [image, latents, gradient]) x.dispose();
  });
});

describe.each(tiled)('$name', (c) => {
  test.each(['f32', 'f16'] as const)("blends its tiles as diffusers' does, in %s", async (dtype) => {
    using vae = build(c.record, dtype);
    const options = { tiling: true, tileSize: c.record.tile! };
    const rtol = TOLERANCES[dtype];
    const { image, latents, gradient } = inputsOf(vae, c.record);
    const { mean, logvar } = vae.encode(image, options);
    const picture = vae.decode(latents, options);
    expectAllClose(await mean.data(), golden(c, 'mean'), { rtol, label: 'mean' });
    expectAllClose(await logvar.data(), golden(c, 'logvar'), { rtol, label: 'logvar' });
    expectAllClose(await strided(picture), golden(c, 'picture'), { rtol, label: 'picture' });
    for (const x of [image, latents, gradient, mean, logvar, picture]) x.dispose();
  });
});

describe('the small autoencoder of the specification', () => {
  const tiny = cases.find(({ name }) => name === 'tiny')!;
  let vae: AutoencoderKL;
  beforeAll(() => {
    vae = build(tiny.record);
  });
  afterAll(() => vae.dispose());

  test('decodes its own mean to the known picture', async () => {
    const { image, latents, gradient } = inputsOf(vae, tiny.record);
    const { mean, logvar } = vae.encode(image);
    const picture = vae.decode(mean);
    const planes = await picture.data();
    expectAllClose([planes[0]!, planes[3]!], [0.1807217, 0.4161977], { rtol: 1e-4 });
    for (const x of [image, latents, gradient, mean, logvar, picture]) x.dispose();
  });

  test('frees every intermediate', async () => {
    const { image, latents, gradient } = inputsOf(vae, tiny.record);
    const before = image.device.memory().liveBuffers;
    const picture = vae.decode(latents);
    expect(image.device.memory().liveBuffers).toBe(before + 1);
    for (const x of [image, latents, gradient, picture]) x.dispose();
  });

  test.each([[[1, 8, 8, 3]], [[8, 8, 4]]])('refuses operands of the shape %j', (shape) => {
    using latents = zeros(shape);
    expect(() => vae.decode(latents)).toThrow(
      `vae: the latents must be [B, H, W, 4], got [${shape.join(', ')}]`,
    );
    using picture = zeros([1, 16, 16, 1]);
    expect(() => vae.encode(picture)).toThrow('vae: the picture must be [B, H, W, 3], got [1, 16, 16, 1]');
  });

  test('refuses a picture that its levels do not divide', () => {
    const image = pictureTensor(new Float32Array(3 * 12 * 16), [1, 3, 12, 16]);
    expect(() => vae.encode(image)).toThrow(
      'A picture of 16 x 12 cannot be encoded; its sides must be multiples of 8.',
    );
    image.dispose();
  });
});
