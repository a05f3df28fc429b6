import type { Device } from '../gpu/device.ts';
import { type Distribution, drawInto } from '../kernels/philox.ts';
import { tensor } from '../ops/create.ts';
import { scope } from '../scope.ts';
import { Tensor } from '../tensor.ts';
import { type Check, type Measured, readAll } from './check.ts';
import { FIRST_WORDS, philoxWords } from './references/philox.ts';

const COUNT = 68;
const KEYS = [
  [0, 0],
  [0x12345678, 0x9abcdef0],
] as const;

/** The device's generator, with a state of its own: the numbers that a program draws stay as they are. */
export function randomChecks(): Check[] {
  return [
    { ...common('random uniforms'), tolerance: 0, measure: (device) => measure(device, 'uniform', uniforms) },
    // WGSL promises sine and cosine to 2^-11, which the radius (up to 6.7) multiplies.
    {
      ...common('random normals'),
      tolerance: 2 ** -10,
      measure: (device) => measure(device, 'normal', normals),
    },
  ];
}

function common(name: string) {
  return { name, variant: 'Philox', sizes: `[${COUNT}] twice`, dtype: 'f32' };
}

/** Two draws under each key. */
async function measure(
  device: Device,
  distribution: Distribution,
  numbersOf: (words: readonly number[]) => number[],
): Promise<Measured[]> {
  const results = scope(() =>
    KEYS.flatMap((key) => {
      const state = tensor([...key, 0, 0], { dtype: 'u32', device });
      return [0, 1].map(() => {
        const out = Tensor.empty(device, [COUNT], 'f32', 'check');
        drawInto(out, state, distribution);
        return out;
      });
    }),
  );
  const got = await readAll(results);
  const wanted = KEYS.flatMap((key) => [0, 1].map((draw) => numbersOf(wordsOf(key, draw))));
  return got.map((values, i) => ({ got: values, wanted: wanted[i]! }));
}

function wordsOf(key: readonly [low: number, high: number], draw: number): number[] {
  const words = Array.from({ length: COUNT / 4 }, (_, i) => philoxWords(i, draw, key)).flat();
  return key[0] === 0 && draw === 0 ? [...FIRST_WORDS, ...words.slice(4)] : words;
}

/** The leading 24 bits of each word. */
function uniforms(words: readonly number[]): number[] {
  return words.map((word) => (word >>> 8) / 2 ** 24);
}

/** Box and Muller's transform of each pair of words, the angle less pi. */
function normals(words: readonly number[]): number[] {
  return words.map((_, i) => {
    const first = i - (i % 2);
    const radius = Math.sqrt(-2 * Math.log((words[first]! + 0.5) / 2 ** 32));
    const angle = (words[first + 1]! / 2 ** 32) * 2 * Math.PI - Math.PI;
    return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}
