import type { DType } from '../dtype.ts';
import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { ConvAddends, ConvGeometry } from './convGeometry.ts';
import { each } from './each.ts';
import { matrixProduct } from './matrixProduct.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';

/** Pixels of the output along a side of a tile. */
const TILE = 2;
/** Elements along a side of a tile of the input: 2 pixels of the output see 4 of it. */
const SPAN = 4;
const POINTS = SPAN * SPAN;
const LANES = 64;

/** Bytes of the transformed tiles and their products that are held at once. */
const MOST_BYTES = 32 * 2 ** 20;

/** Tiles `first` to `first + count - 1` of all pictures, whose tiles are counted row by row. */
interface TileRange {
  readonly first: number;
  readonly count: number;
}

/**
 * A 3 x 3 convolution of stride 1 by Winograd's F(2 x 2, 3 x 3), whose 16 products of [tiles, Cin] by [Cin, Cout] take
 * 4 multiplications a pixel and channel where the direct sum takes 9 (Lavin and Gray, arXiv 1509.09308). Channels must
 * be multiples of 4.
 */
export function winogradForward(
  x: Tensor,
  weight: Tensor,
  addends: ConvAddends,
  geometry: ConvGeometry,
  dtype: DType,
): Tensor {
  const { images, outHeight, outWidth, outChannels } = geometry;
  const y = Tensor.empty(x.device, [images, outHeight, outWidth, outChannels], dtype, 'conv2d');
  const kernels = transformKernels(weight);
  for (const range of rangesOf(geometry)) {
    const tiles = transformInput(x, geometry, range);
    const product = multiply(tiles, kernels);
    tiles.dispose();
    transformOutput(product, addends, geometry, range, y);
    product.dispose();
  }
  kernels.dispose();
  return y;
}

/** Whether a convolution is of 3 x 3 and stride 1, in one group, with whole vec4s of channels, and repeats no pixels. */
export function fitsWinograd(geometry: ConvGeometry): boolean {
  const { kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, groups, repeatY, repeatX } =
    geometry;
  const ones = [strideY, strideX, dilationY, dilationX, groups, repeatY, repeatX];
  const isPlain = ones.every((value) => value === 1);
  const isVectors = geometry.inChannels % 4 === 0 && geometry.outChannels % 4 === 0;
  return kernelHeight === 3 && kernelWidth === 3 && isPlain && isVectors;
}

/** Tiles of a picture of the output: rows and columns. */
export function tileGrid({ outHeight, outWidth }: ConvGeometry) {
  return { rows: Math.ceil(outHeight / TILE), columns: Math.ceil(outWidth / TILE) };
}

function rangesOf(geometry: ConvGeometry): TileRange[] {
  const { images, inChannels, outChannels } = geometry;
  const { rows, columns } = tileGrid(geometry);
  const all = images * rows * columns;
  const bytesPerTile = POINTS * (inChannels + outChannels) * Float32Array.BYTES_PER_ELEMENT;
  const parts = Math.max(1, Math.ceil((all * bytesPerTile) / MOST_BYTES));
  const length = Math.ceil(all / parts);
  return Array.from({ length: Math.ceil(all / length) }, (_, i) => ({
    first: i * length,
    count: Math.min(length, all - i * length),
  }));
}

/** [16, tiles, Cin] x [16, Cin, Cout] -> [16, tiles, Cout] f32. */
function multiply(tiles: Tensor, kernels: Tensor): Tensor {
  return matrixProduct('conv2d', tiles, kernels, { dtype: 'f32' });
}

/** G g G^T: weight [3, 3, Cin, Cout] -> [16, Cin, Cout] f32. */
function transformKernels(weight: Tensor): Tensor {
  const [, , inChannels = 0, outChannels = 0] = weight.shape;
  const y = Tensor.empty(weight.device, [POINTS, inChannels, outChannels], 'f32', 'conv2d');
  const vectors = (inChannels * outChannels) / 4;
  run(weightKernel({ dtype: weight.dtype }), [weight, y], {
    params: { vectors },
    workgroups: Math.ceil(vectors / LANES),
  });
  return y;
}

/** B^T d B: x [N, H, W, Cin] -> [16, tiles, Cin] f32. */
function transformInput(x: Tensor, geometry: ConvGeometry, { first, count }: TileRange): Tensor {
  const { height, width, inChannels, paddingTop, paddingLeft } = geometry;
  const { rows, columns } = tileGrid(geometry);
  const y = Tensor.empty(x.device, [POINTS, count, inChannels], 'f32', 'conv2d');
  const vectors = inChannels / 4;
  run(inputKernel({ dtype: x.dtype }), [x, y], {
    params: { first, count, rows, columns, height, width, vectors, paddingTop, paddingLeft },
    workgroups: Math.ceil((count * vectors) / LANES),
  });
  return y;
}

/** A^T m A: product [16, tiles, Cout] -> their pixels of y [N, H', W', Cout], with the addends. */
function transformOutput(
  product: Tensor,
  { bias, add }: ConvAddends,
  geometry: ConvGeometry,
  { first, count }: TileRange,
  y: Tensor,
): void {
  const { outHeight: height, outWidth: width, outChannels } = geometry;
  const { rows, columns } = tileGrid(geometry);
  const kernel = outputKernel({ dtype: y.dtype, bias: bias?.dtype ?? null, add: add?.dtype ?? null });
  const sharing = add ? numel(y.shape) / numel(add.shape) : 1;
  const vectors = outChannels / 4;
  run(kernel, [product, y, ...[bias, add].filter((tensor) => tensor !== null)], {
    params: { first, count, rows, columns, height, width, vectors, sharing },
    workgroups: Math.ceil((count * vectors) / LANES),
  });
}

const weightKernel = defineKernel(({ dtype }: { dtype: DType }) => ({
  name: 'winogradWeight',
  bindings: [
    { name: 'x', dtype, width: 4, access: 'read' },
    { name: 'y', dtype: 'f32', width: 4, access: 'write' },
  ],
  params: { vectors: 'u32' },
  workgroup: [LANES, 1, 1],
  main: `
  let at = group_index * ${LANES}u + lane;
  if (at >= params.vectors) { return; }
${each(3, (j) => each(3, (i) => `  let g${i}${j} = load_x(at + ${3 * i + j}u * params.vectors);`))}
${each(
  3,
  (j) => `  let r0${j} = g0${j};
  let s${j} = 0.5 * (g0${j} + g2${j});
  let r1${j} = s${j} + 0.5 * g1${j};
  let r2${j} = s${j} - 0.5 * g1${j};
  let r3${j} = g2${j};`,
)}
${each(
  4,
  (i) => `  let t${i} = 0.5 * (r${i}0 + r${i}2);
  store_y(at + ${4 * i}u * params.vectors, r${i}0);
  store_y(at + ${4 * i + 1}u * params.vectors, t${i} + 0.5 * r${i}1);
  store_y(at + ${4 * i + 2}u * params.vectors, t${i} - 0.5 * r${i}1);
  store_y(at + ${4 * i + 3}u * params.vectors, r${i}2);`,
)}`,
}));

const PLACE_PARAMS = {
  first: 'u32',
  count: 'u32',
  rows: 'u32',
  columns: 'u32',
  height: 'u32',
  width: 'u32',
  vectors: 'u32',
} as const;

/** What a lane has: four channels, from 4 c on, of the tile at `row` and `column` of picture `image`. */
const PLACE = `
  let at = group_index * ${LANES}u + lane;
  if (at >= params.count * params.vectors) { return; }
  let stride = params.count * params.vectors;
  let c = at % params.vectors;
  let tile = params.first + at / params.vectors;
  let column = tile % params.columns;
  let row = tile / params.columns % params.rows;
  let image = tile / (params.columns * params.rows);`;

const inputKernel = defineKernel(({ dtype }: { dtype: DType }) => ({
  name: 'winogradInput',
  bindings: [
    { name: 'x', dtype, width: 4, access: 'read' },
    { name: 'y', dtype: 'f32', width: 4, access: 'write' },
  ],
  params: { ...PLACE_PARAMS, paddingTop: 'u32', paddingLeft: 'u32' },
  workgroup: [LANES, 1, 1],
  declarations: `fn pixel(image: u32, y: u32, x: u32, c: u32) -> vec4f {
  let inside = y < params.height && x < params.width;
  let at = ((image * params.height + y) * params.width + x) * params.vectors + c;
  return select(vec4f(), load_x(select(0u, at, inside)), inside);
}`,
  // Coordinates above or left of the picture wrap round to large ones, which are outside too.
  main: `${PLACE}
  let y = row * ${TILE}u - params.paddingTop;
  let x = column * ${TILE}u - params.paddingLeft;
${each(4, (i) => each(4, (j) => `  let d${i}${j} = pixel(image, y + ${i}u, x + ${j}u, c);`))}
${each(
  4,
  (j) => `  let r0${j} = d0${j} - d2${j};
  let r1${j} = d1${j} + d2${j};
  let r2${j} = d2${j} - d1${j};
  let r3${j} = d1${j} - d3${j};`,
)}
${each(
  4,
  (i) => `  store_y(at + ${4 * i}u * stride, r${i}0 - r${i}2);
  store_y(at + ${4 * i + 1}u * stride, r${i}1 + r${i}2);
  store_y(at + ${4 * i + 2}u * stride, r${i}2 - r${i}1);
  store_y(at + ${4 * i + 3}u * stride, r${i}1 - r${i}3);`,
)}`,
}));

interface OutputVariant {
  readonly dtype: DType;
  /** The dtypes of what is added; null for nothing. */
  readonly bias: DType | null;
  readonly add: DType | null;
}

const outputKernel = defineKernel(({ dtype, bias, add }: OutputVariant) => ({
  name: 'winogradOutput',
  bindings: [
    { name: 'x', dtype: 'f32', width: 4, access: 'read' },
    { name: 'y', dtype, width: 4, access: 'write' },
    ...(bias === null ? [] : [{ name: 'bias', dtype: bias, width: 4, access: 'read' } as const]),
    ...(add === null ? [] : [{ name: 'add', dtype: add, width: 4, access: 'read' } as const]),
  ],
  params: { ...PLACE_PARAMS, sharing: 'u32' },
  workgroup: [LANES, 1, 1],
  declarations: `fn put(image: u32, y: u32, x: u32, c: u32, sum: vec4f) {
  if (y >= params.height || x >= params.width) { return; }
  let pixel = (image * params.height + y) * params.width + x;
  store_y(pixel * params.vectors + c, sum${add === null ? '' : ' + load_add(pixel / params.sharing * params.vectors + c)'});
}`,
  main: `${PLACE}
${each(4, (i) => each(4, (j) => `  let m${i}${j} = load_x(at + ${4 * i + j}u * stride);`))}
${each(
  4,
  (j) => `  let r0${j} = m0${j} + m1${j} + m2${j};
  let r1${j} = m1${j} - m2${j} - m3${j};`,
)}
  let shift = ${bias === null ? 'vec4f()' : 'load_bias(c)'};
${each(
  2,
  (i) => `  put(image, row * 2u + ${i}u, column * 2u, c, r${i}0 + r${i}1 + r${i}2 + shift);
  put(image, row * 2u + ${i}u, column * 2u + 1u, c, r${i}1 - r${i}2 - r${i}3 + shift);`,
)}`,
}));
