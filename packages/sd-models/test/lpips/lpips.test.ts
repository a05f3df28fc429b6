import { readFileSync } from 'node:fs';
import { ones, requireGrad, scope, type Tensor, TorchCpuGenerator, tensor, zeros } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { beforeAll, describe, expect, test } from 'vitest';
import { Lpips, type LpipsNormalisation } from '../../src/lpips/lpips.ts';
import { lpipsHeads } from '../../src/lpips/lpipsHeads.ts';
import { lpipsPixels } from '../../src/lpips/preprocess.ts';
import { SqueezeNet } from '../../src/lpips/squeezeNet.ts';
import { picture } from '../image/pillow.ts';
import '../support/device.ts';
import { expectGolden } from '../support/expectLayers.ts';
import { type GoldenCase, pictureTensor, readGolden } from '../support/golden.ts';

interface LpipsRecord {
  readonly normalisation: LpipsNormalisation;
  /** Of the first convolution's weights. */
  readonly factor: number;
  readonly weightSeed: number;
  readonly inputSeed: number;
  readonly shape: readonly number[];
}

/** Every such element of maps and gradients is stored. */
const STRIDE = 37;
const RTOL = 1e-4;
const cases = await readGolden<LpipsRecord>('lpips');
let heads: readonly Float32Array[] = [];

beforeAll(async () => {
  heads = await lpipsHeads();
});

function build({ normalisation, weightSeed, factor }: LpipsRecord): Lpips {
  const model = new Lpips(heads, { normalisation });
  fillWeights(model.net, weightSeed);
  for (const [name, parameter] of model.net.namedParameters().slice(0, 2))
    scope(() => parameter.loadTorch(name, parameter.toTorch().mul(factor)));
  model.requireGrad(false);
  return model;
}

function pair({ record: { inputSeed, shape } }: GoldenCase<LpipsRecord>): [a: Tensor, b: Tensor] {
  const generator = new TorchCpuGenerator(inputSeed);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return [pictureTensor(generator.randn(count), shape), pictureTensor(generator.randn(count), shape)];
}

async function expectSampled(x: Tensor, c: GoldenCase<LpipsRecord>, name: string): Promise<void> {
  const sampled = (await x.data('f32')).filter((_, i) => i % STRIDE === 0);
  expectAllClose(sampled, c.tensors.get(name)!.data, { rtol: RTOL, label: `${c.name}: ${name}` });
  x.dispose();
}

describe.each(cases)('Lpips: $name', (c) => {
  test("SqueezeNet's seven maps equal torchvision's", async () => {
    using model = build(c.record);
    const [a, b] = pair(c);
    b.dispose();
    using scaled = scope(() => a.sub(tensor([-0.03, -0.088, -0.188])).div(tensor([0.458, 0.448, 0.45])));
    const taps = model.net.forward(scaled);
    expect(taps).toHaveLength(7);
    for (const [i, tap] of taps.entries()) await expectSampled(tap, c, `tap${i}`);
    a.dispose();
  });

  // Of faint features, the later maps differ by less than f32 holds.
  test.runIf(c.record.factor === 1)('the distance of every map equals the reference', async () => {
    using model = build(c.record);
    const [a, b] = pair(c);
    for (const [i, distance] of model.mapDistances(a, b).entries())
      await expectGolden(distance, c, `map${i}`, RTOL);
    for (const x of [a, b]) x.dispose();
  });

  test('so does their sum', async () => {
    using model = build(c.record);
    const [a, b] = pair(c);
    await expectGolden(model.distance(a, b), c, 'distance', RTOL);
    for (const x of [a, b]) x.dispose();
  });

  test.runIf(c.record.factor === 1)('in f16, too', async () => {
    using model = build(c.record);
    model.net.to('f16');
    const [a, b] = pair(c);
    await expectGolden(model.distance(a, b), c, 'distance', 1e-2);
    for (const x of [a, b]) x.dispose();
  });

  test('and so does its gradient', async () => {
    using model = build(c.record);
    const [a, b] = pair(c);
    requireGrad(a);
    const upstream = Float32Array.from({ length: a.shape[0]! }, (_, i) => i + 1);
    scope(() => model.distance(a, b).backward({ gradient: tensor(upstream) }));
    await expectSampled(a.grad!, c, 'gradient');
    for (const x of [a, b]) x.dispose();
  });
});

describe('the heads', () => {
  test('are the published ones: 2,240 weights of at least 0, with the published sums', () => {
    expect(heads.map(({ length }) => length)).toEqual([64, 128, 256, 384, 384, 512, 512]);
    expect(heads.flatMap((head) => [...head]).every((weight) => weight >= 0)).toBe(true);
    const sums = heads.map((head) => head.reduce((sum, weight) => sum + weight, 0).toFixed(6));
    const published = [5.690101, 1.185279, 16.326565, 71.012624, 37.370723, 24.262872, 17.590553];
    expect(sums.map(Number)).toEqual(published);
  });

  test('ask nothing of Node', () => {
    for (const name of ['lpipsHeads', 'squeezeHeads']) {
      const code = readFileSync(new URL(`../../src/lpips/${name}.ts`, import.meta.url), 'utf8');
      expect(code).not.toMatch(/node:|Buffer\.|process\./);
    }
  });

  test('of another number of channels are refused', () => {
    expect(() => new Lpips(heads.slice(1))).toThrow('lpips: the heads must have 64, 128, 256');
  });
});

describe('Lpips', () => {
  const { record } = cases[0]!;

  test('equal pictures have distance 0, with a gradient of 0', async () => {
    using model = build(record);
    const images = [picture([32, 24], 7), picture([32, 24], 8)];
    using a = requireGrad(lpipsPixels(images));
    using b = lpipsPixels(images);
    using upstream = ones([2]);
    using distance = model.distance(a, b);
    distance.backward({ gradient: upstream });
    expect([...(await distance.data())]).toEqual([0, 0]);
    expect((await a.grad!.data()).every((value) => value === 0)).toBe(true);
  });

  test('a batch gives what its pairs give alone', async () => {
    using model = build(record);
    const images = [1, 2, 3, 4].map((seed) => picture([40, 21], seed));
    const distances = async (first: typeof images, second: typeof images) => {
      using a = lpipsPixels(first);
      using b = lpipsPixels(second);
      using distance = model.distance(a, b);
      return distance.data();
    };
    const together = await distances(images.slice(0, 2), images.slice(2));
    const alone = [await distances([images[0]!], [images[2]!]), await distances([images[1]!], [images[3]!])];
    expectAllClose(
      together,
      alone.flatMap((one) => [...one]),
      { rtol: 1e-6 },
    );
  });

  test('pictures of unequal or too small sizes are refused', () => {
    using model = build(record);
    using small = zeros([1, 40, 16, 3]);
    using wide = zeros([1, 17, 40, 3]);
    expect(() => model.distance(small, wide)).toThrow(
      'lpips: pictures of 1 x 40 x 16 x 3 and 1 x 17 x 40 x 3 differ',
    );
    expect(() => model.distance(small, small)).toThrow(
      'must be at least 17 pixels high and wide, not 16 x 40',
    );
    expect(() => lpipsPixels([picture([3, 4], 1), picture([4, 3], 1)])).toThrow(
      'lpipsPixels: pictures of 3 x 4 and 4 x 3 are not of one size; resize them.',
    );
    expect(() => lpipsPixels([])).toThrow('lpipsPixels: pass at least one picture.');
  });
});

test('SqueezeNet has 722,496 weights', () => {
  const sizes = new SqueezeNet().namedParameters().map(([, { shape }]) => shape.reduce((a, b) => a * b, 1));
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(722_496);
});
