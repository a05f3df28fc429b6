import type { DType } from '../dtype.ts';
import type { WinogradTile } from '../gpu/convTuning.ts';
import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { ConvAddends, ConvGeometry } from './convGeometry.ts';
import { each } from './each.ts';
import { matrixProduct } from './matrixProduct.ts';
import { run } from './run.ts';
import { defineKernel } from './wgsl.ts';
import { linearCombination, winogradMatrices } from './winogradMatrices.ts';

const LANES = 64;

/** Bytes of the transformed tiles and their products that are held at once. */
const MOST_BYTES = 32 * 2 ** 20;

/** Tiles `first` to `first + count - 1` of all pictures, whose tiles are counted row by row. */
interface TileRange {
  readonly first: number;
  readonly count: number;
}

/**
 * A 3 x 3 convolution of stride 1 by Winograd's F(tile x tile, 3 x 3), whose products of [tiles, Cin] by [Cin, Cout], one
 * for each of (tile + 2)^2 elements, take 4 multiplications a pixel and channel with tiles of 2 x 2 and 2.25 with those of
 * 4 x 4, where the direct sum takes 9 (Lavin and Gray, arXiv 1509.09308). Channels must be multiples of 4.
 */
export function winogradForward(
  x: Tensor,
  weight: Tensor,
  addends: ConvAddends,
  geometry: ConvGeometry,
  dtype: DType,
  tile: WinogradTile,
): Tensor {
  const { images, outHeight, outWidth, outChannels } = geometry;
  const y = Tensor.empty(x.device, [images, outHeight, outWidth, outChannels], dtype, 'conv2d');
  const grid = tileGrid(geometry, tile);
  const kernels = transformKernels(weight, tile);
  for (const range of rangesOf(geometry, tile)) {
    const place = { ...grid, ...range };
    const tiles = transformInput(x, geometry, place, tile);
    const product = multiply(tiles, kernels);
    tiles.dispose();
    transformOutput(product, addends, geometry, place, y, tile);
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

/** Tiles of a picture of the output. */
interface TileGrid {
  readonly rows: number;
  readonly columns: number;
}

function tileGrid({ outHeight, outWidth }: ConvGeometry, tile: WinogradTile): TileGrid {
  return { rows: Math.ceil(outHeight / tile), columns: Math.ceil(outWidth / tile) };
}

/** Elements of a tile of the input. */
function elementsOf(tile: WinogradTile): number {
  return winogradMatrices(tile).span ** 2;
}

function rangesOf(geometry: ConvGeometry, tile: WinogradTile): TileRange[] {
  const { images, inChannels, outChannels } = geometry;
  const { rows, columns } = tileGrid(geometry, tile);
  const all = images * rows * columns;
  const bytesPerTile = elementsOf(tile) * (inChannels + outChannels) * Float32Array.BYTES_PER_ELEMENT;
  const parts = Math.max(1, Math.ceil((all * bytesPerTile) / MOST_BYTES));
  const length = Math.ceil(all / parts);
  return Array.from({ length: Math.ceil(all / length) }, (_, i) => ({
    first: i * length,
    count: Math.min(length, all - i * length),
  }));
}

/** [span^2, tiles, Cin] x [span^2, Cin, Cout] -> [span^2, tiles, Cout] f32. */
function multiply(tiles: Tensor, kernels: Tensor): Tensor {
  return matrixProduct('conv2d', tiles, kernels, { dtype: 'f32' });
}

/** G g G^T: weight [3, 3, Cin, Cout] -> [span^2, Cin, Cout] f32. */
function transformKernels(weight: Tensor, tile: WinogradTile): Tensor {
  const [, , inChannels = 0, outChannels = 0] = weight.shape;
  const y = Tensor.empty(weight.device, [elementsOf(tile), inChannels, outChannels], 'f32', 'conv2d');
  const vectors = (inChannels * outChannels) / 4;
  run(weightKernel({ tile, dtype: weight.dtype }), [weight, y], {
    params: { vectors },
    workgroups: Math.ceil(vectors / LANES),
  });
  return y;
}

/** Which tiles a kernel transforms. */
type TilePlace = TileRange & TileGrid;

/** B^T d B: x [N, H, W, Cin] -> [span^2, tiles, Cin] f32. */
function transformInput(x: Tensor, geometry: ConvGeometry, place: TilePlace, tile: WinogradTile): Tensor {
  const { height, width, inChannels, paddingTop, paddingLeft } = geometry;
  const y = Tensor.empty(x.device, [elementsOf(tile), place.count, inChannels], 'f32', 'conv2d');
  const vectors = inChannels / 4;
  run(inputKernel({ tile, dtype: x.dtype }), [x, y], {
    params: { ...place, height, width, vectors, paddingTop, paddingLeft },
    workgroups: Math.ceil((place.count * vectors) / LANES),
  });
  return y;
}

/** A^T m A: product [span^2, tiles, Cout] -> their pixels of y [N, H', W', Cout], with the addends. */
function transformOutput(
  product: Tensor,
  { bias, add }: ConvAddends,
  geometry: ConvGeometry,
  place: TilePlace,
  y: Tensor,
  tile: WinogradTile,
): void {
  const { outHeight: height, outWidth: width, outChannels } = geometry;
  const kernel = outputKernel({ tile, dtype: y.dtype, bias: bias?.dtype ?? null, add: add?.dtype ?? null });
  const sharing = add ? numel(y.shape) / numel(add.shape) : 1;
  const vectors = outChannels / 4;
  run(kernel, [product, y, ...[bias, add].filter((tensor) => tensor !== null)], {
    params: { ...place, height, width, vectors, sharing },
    workgroups: Math.ceil((place.count * vectors) / LANES),
  });
}

interface TileVariant {
  readonly tile: WinogradTile;
  readonly dtype: DType;
}

const weightKernel = defineKernel(({ tile, dtype }: TileVariant) => {
  const { span, weight } = winogradMatrices(tile);
  return {
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
${each(9, (i) => `  let g${Math.floor(i / 3)}${i % 3} = load_x(at + ${i}u * params.vectors);`)}
${transformed('g', weight, 3, (i, j, value) => `  store_y(at + ${span * i + j}u * params.vectors, ${value});`)}`,
  };
});

/**
 * M e M^T, for the elements `<name><row><column>` of e, `extent` a side: its columns, as `r<row><column>`, and then its
 * rows, an element of which goes to `store` as soon as it is known.
 */
function transformed(
  name: string,
  matrix: readonly (readonly number[])[],
  extent: number,
  store: (row: number, column: number, value: string) => string,
): string {
  const rows = matrix.length;
  return `${each(extent, (j) =>
    each(rows, (i) => `  let r${i}${j} = ${linearCombination(matrix[i]!, (k) => `${name}${k}${j}`)};`),
  )}
${each(rows, (i) =>
  each(rows, (j) =>
    store(
      i,
      j,
      linearCombination(matrix[j]!, (k) => `r${i}${k}`),
    ),
  ),
)}`;
}

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

const inputKernel = defineKernel(({ tile, dtype }: TileVariant) => {
  const { span, input } = winogradMatrices(tile);
  return {
    name: 'winogradInput',
    bindings: [
      { name: 'x', dtype, width: 4, access: 'read' },
      { name: 'y', dtype: 'f32', width: 4, access: 'write' },
    ],
    params: { ...PLACE_PARAMS, paddingTop: 'u32', paddingLeft: 'u32' },
    workgroup: [LANES, 1, 1],
    declarations: `fn pixel(at: u32, inside: bool) -> vec4f {
  return select(vec4f(), load_x(select(0u, at, inside)), inside);
}`,
    // Coordinates above or left of the picture wrap round to large ones, which are outside too.
    main: `${PLACE}
  let y = row * ${tile}u - params.paddingTop;
  let x = column * ${tile}u - params.paddingLeft;
  let rowStride = params.width * params.vectors;
  let start = ((image * params.height + y) * params.width + x) * params.vectors + c;
${each(
  span,
  (i) => `  let insideY${i} = y + ${i}u < params.height;
  let insideX${i} = x + ${i}u < params.width;`,
)}
${each(span, (i) =>
  each(
    span,
    (j) =>
      `  let d${i}${j} = pixel(start + ${i}u * rowStride + ${j}u * params.vectors, insideY${i} & insideX${j});`,
  ),
)}
${transformed('d', input, span, (i, j, value) => `  store_y(at + ${span * i + j}u * stride, ${value});`)}`,
  };
});

interface OutputVariant extends TileVariant {
  /** The dtypes of what is added; null for nothing. */
  readonly bias: DType | null;
  readonly add: DType | null;
}

const outputKernel = defineKernel(({ tile, dtype, bias, add }: OutputVariant) => {
  const { span, output } = winogradMatrices(tile);
  return {
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
${each(span, (i) => each(span, (j) => `  let m${i}${j} = load_x(at + ${span * i + j}u * stride);`))}
  let shift = ${bias === null ? 'vec4f()' : 'load_bias(c)'};
${transformed('m', output, span, (i, j, value) => `  put(image, row * ${tile}u + ${i}u, column * ${tile}u + ${j}u, c, ${value} + shift);`)}`,
  };
});
