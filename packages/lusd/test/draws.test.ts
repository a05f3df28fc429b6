import { TorchCpuGenerator } from '@lusd/tensor';
import { describe, expect, test } from 'vitest';
import type { DrawSource } from '../src/drawSource.ts';
import { makeDrawSource } from '../src/draws.ts';
import { LatentDraws } from '../src/index.ts';
import { device } from './support/device.ts';

const SIZE = { height: 4, width: 6, channels: 4 };

/** Numbers of attempts that draw in varied ways: the last one's way, another range, another order, fewer than 16 normals. */
function attempts(source: DrawSource): unknown[] {
  const plain = () => [source.randint(50, 950), source.randn(96)];
  const narrow = () => [source.randint(50, 500), source.randn(96)];
  const turned = () => [source.randn(96), source.randint(50, 950)];
  const short = () => [source.randint(0, 10), source.randn(3), source.randn(2)];
  return [plain, plain, narrow, narrow, turned, plain, short, short, plain].flatMap((attempt) => {
    const numbers = attempt();
    source.prepare?.();
    return numbers;
  });
}

describe('draws that are made ahead', () => {
  test.each([0, 7])("are the generator's of seed %i, in its order", (seed) => {
    const generator = new TorchCpuGenerator(seed);
    expect(attempts(makeDrawSource({ seed, rng: 'cpu' }))).toEqual(
      attempts({ randint: (low, high) => generator.randint(low, high), randn: (n) => generator.randn(n) }),
    );
  });

  test('are made when the device works, by draws that know how', () => {
    let prepared = 0;
    const draws = new LatentDraws(
      { randint: () => 1, randn: (n) => new Float32Array(n), prepare: () => prepared++ },
      SIZE,
      device,
    );
    draws.prepare();
    expect(prepared).toBe(1);
  });
});

test('a seed gives the same noise on the device as its generator on the host', async () => {
  const { height, width, channels } = SIZE;
  for (const rng of ['cuda', 'cpu'] as const) {
    const host = makeDrawSource({ seed: 5, rng });
    const draws = new LatentDraws(makeDrawSource({ seed: 5, rng }), SIZE, device);
    for (let attempt = 0; attempt < 2; attempt++) {
      const { timestep, noise } = draws.next({ low: 50, high: 950 });
      draws.prepare();
      expect(timestep).toBe(host.randint(50, 950));
      const planes = host.randn(channels * height * width);
      const pixels = Array.from(
        { length: planes.length },
        (_, i) => planes[(i % channels) * height * width + Math.floor(i / channels)],
      );
      expect(Array.from(await noise.data())).toEqual(pixels);
      noise.dispose();
    }
  }
});
