import type { AdapterFacts } from '../gpu/facts.ts';
import { gemmCandidates } from '../gpu/gemmFamilies.ts';
import { depthOf, type GemmTile } from '../gpu/gemmTile.ts';
import { conv2d } from '../ops/conv2d.ts';
import { type LinearActivation, linear } from '../ops/linear.ts';
import { matmul } from '../ops/matmul.ts';
import { type Check, computes } from './check.ts';
import { drawn, type FloatDType, type HostTensor, hostTensor } from './host.ts';
import { gegluOf, mapOf, silu } from './references/pointwise.ts';
import { convOf, linearOf, matmulTransposedOf } from './references/products.ts';

/** Matrix products and convolutions by every tile that the adapter may choose, and by what it chooses. */
export function productChecks(facts: AdapterFacts, others: readonly GemmTile[]): Check[] {
  return [
    ...tilesOf(facts, others).flatMap(({ tile, dtype }) => tileChecks(tile, dtype)),
    ...chosenChecks('f32'),
    ...chosenChecks('f16'),
  ];
}

/**
 * The preferred tile for each dtype; others once, because a software adapter takes up to a second to compile each
 * kernel.
 */
function tilesOf(facts: AdapterFacts, others: readonly GemmTile[]) {
  const offered = (halves: boolean) => gemmCandidates(facts, halves).map(({ tile }) => tile);
  const asHalves = [...offered(true), ...others];
  const isNew = (tile: GemmTile, i: number) => i === 0 || !asHalves.some((other) => isSame(tile, other));
  return [
    ...asHalves.map((tile) => ({ tile, dtype: 'f16' as const })),
    ...offered(false)
      .filter(isNew)
      .map((tile) => ({ tile, dtype: 'f32' as const })),
  ];
}

function isSame(a: GemmTile, b: GemmTile): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function tileName(tile: GemmTile): string {
  return `${tile.kind} ${tile.rows} x ${tile.columns} x ${depthOf(tile)}`;
}

/** Several tiles each way, the last of them not full; whole vec4s. */
function tileChecks(tile: GemmTile, dtype: FloatDType): Check[] {
  const [m, n, k] = [tile.rows + 5, tile.columns + 12, 2 * depthOf(tile) + 4];
  const own = { dtype, variant: tileName(tile), tuning: { gemmTile: tile } };
  return [linearCheck(own, m, n, k), convCheck(own, n, 1, Math.ceil(tile.rows / 50))];
}

/** What sizes and layouts change: odd extents, few columns, an inner dimension cut in parts, a batch. */
function chosenChecks(dtype: FloatDType): Check[] {
  const own = { dtype };
  return [
    linearCheck(own, 7, 39, 45),
    linearCheck(own, 33, 3, 70),
    linearCheck(own, 5, 12, 1028),
    computes({
      ...own,
      name: 'matmul',
      inputs: [drawn([2, 3, 7, 20], dtype, 1), drawn([2, 3, 19, 20], dtype, 2)],
      run: (a, b) => matmul(a!, b!, { transposeB: true }),
      reference: (a, b) => matmulTransposedOf(a!, b!),
    }),
    residualCheck(own),
    activationCheck(own, 'silu'),
    activationCheck(own, 'geglu'),
    convCheck(own, 7, 1, 1, 5),
    convCheck(own, 20, 2, 1),
    convCheck(own, 20, 1, 1, 8, 1),
  ];
}

type Common = Pick<Parameters<typeof computes>[0], 'dtype' | 'variant' | 'tuning'>;

function linearCheck(own: Common, m: number, n: number, k: number): Check {
  const { dtype } = own;
  return computes({
    ...own,
    name: 'linear',
    inputs: [drawn([m, k], dtype, 1), drawn([k, n], dtype, 2), drawn([n], dtype, 3)],
    run: (x, weight, bias) => linear(x!, weight!, bias),
    reference: (x, weight, bias) => linearOf(x!, weight!, bias!),
  });
}

/** With an activation in the same pass; of features by eights, as matrix units need them for geglu. */
function activationCheck(own: Common, activation: LinearActivation): Check {
  const { dtype } = own;
  const activated = (y: HostTensor) => (activation === 'silu' ? mapOf(y, silu) : gegluOf(y));
  return computes({
    ...own,
    name: `linear + ${activation}`,
    inputs: [drawn([33, 20], dtype, 1), drawn([20, 40], dtype, 2), drawn([40], dtype, 3)],
    run: (x, weight, bias) => linear(x!, weight!, bias, { activation }),
    reference: (x, weight, bias) => activated(linearOf(x!, weight!, bias!)),
  });
}

/** A convolution of two small pictures, to each of which its time embedding is added. */
function residualCheck(own: Common): Check {
  const { dtype } = own;
  const options = { stride: 1, padding: 1 };
  return computes({
    ...own,
    name: 'conv2d 3 x 3 + x',
    inputs: [
      drawn([2, 2, 1, 8], dtype, 1),
      drawn([3, 3, 8, 20], dtype, 2),
      drawn([20], dtype, 3),
      drawn([2, 1, 1, 20], dtype, 4),
    ],
    run: (x, weight, bias, add) => conv2d(x!, weight!, bias, { padding: 1, add }),
    reference: (x, weight, bias, add) => {
      const product = convOf(x!, weight!, bias!, options);
      return hostTensor(
        product.shape,
        (i) => product.values[i]! + add!.values[Math.floor(i / 40) * 20 + (i % 20)]!,
      );
    },
  });
}

/** A convolution of `images` pictures of 9 x 7 pixels with `inner` channels, by squares of `side` pixels. */
function convCheck(own: Common, outer: number, stride: number, images: number, inner = 8, side = 3): Check {
  const { dtype } = own;
  const options = { stride, padding: side === 3 ? 1 : 0 };
  return computes({
    ...own,
    name: `conv2d ${side} x ${side}${stride === 1 ? '' : `, stride ${stride}`}`,
    inputs: [
      drawn([images, 9, 7, inner], dtype, 1),
      drawn([side, side, inner, outer], dtype, 2),
      drawn([outer], dtype, 3),
    ],
    run: (x, weight, bias) => conv2d(x!, weight!, bias, options),
    reference: (x, weight, bias) => convOf(x!, weight!, bias!, options),
  });
}
