import { describe, expect, test } from 'vitest';
import { makeGenerator } from '../src/draws.ts';
import { LatentDraws, type Rng } from '../src/index.ts';
import { device } from './support/device.ts';

const SIZE = { height: 4, width: 6, channels: 4 };
const COUNT = SIZE.height * SIZE.width * SIZE.channels;

/** An attempt's draws: ranges of integers, and noise. */
type Attempt = readonly (readonly [low: number, high: number] | 'noise')[];

const plain: Attempt = [[50, 950], 'noise'];
const narrow: Attempt = [[50, 500], 'noise'];
const turned: Attempt = ['noise', [50, 950]];
const twice: Attempt = [[0, 10], 'noise', 'noise'];
/** As the last one draws, in another range, in another order, and more. */
const ATTEMPTS = [plain, plain, narrow, narrow, turned, plain, twice, twice, plain];

/** Numbers of an attempt from a generator on the host. */
function onHost(generator: ReturnType<typeof makeGenerator>, attempt: Attempt): unknown[] {
  return attempt.map((draw) =>
    draw === 'noise' ? pixelsOf(generator.randn(COUNT)) : generator.randint(...draw),
  );
}

/** From [C, h, w] to [h, w, C]. */
function pixelsOf(planes: Float32Array): number[] {
  const { height, width, channels } = SIZE;
  return Array.from(planes, (_, i) => planes[(i % channels) * height * width + Math.floor(i / channels)]!);
}

async function drawn(draws: LatentDraws, attempt: Attempt): Promise<unknown[]> {
  const numbers: unknown[] = [];
  for (const draw of attempt) {
    if (draw === 'noise') {
      using noise = draws.randn();
      numbers.push(Array.from(await noise.data('f32')));
    } else numbers.push(draws.randint(...draw));
  }
  return numbers;
}

describe('draws that are made ahead', () => {
  test.each<[Rng, number]>([
    ['cpu', 0],
    ['cpu', 7],
    ['cuda', 0],
    ['cuda', 7],
  ])(
    "are those of torch's %s generator with seed %i, in its order, and leave nothing behind",
    async (rng, seed) => {
      const before = device.memory().liveBuffers;
      const draws = new LatentDraws({ seed, rng }, SIZE, device);
      const generator = makeGenerator({ seed, rng });
      for (const attempt of ATTEMPTS) {
        expect(await drawn(draws, attempt)).toEqual(onHost(generator, attempt));
        draws.prepare();
      }
      draws.forget();
      expect(await drawn(draws, plain)).toEqual(onHost(generator, plain));
      expect(device.memory().liveBuffers).toBe(before);
    },
  );

  test("are not made of a generator that is the caller's, who may draw from it too", () => {
    const generator = makeGenerator({ rng: 'cpu' });
    const draws = new LatentDraws(generator, SIZE, device);
    const expected = makeGenerator({ rng: 'cpu' });
    for (let i = 0; i < 3; i++) {
      expect(draws.randint(0, 1000)).toBe(expected.randint(0, 1000));
      draws.prepare();
      expect(generator.randint(0, 1000)).toBe(expected.randint(0, 1000));
    }
  });
});
