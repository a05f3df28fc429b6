import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { knownSubgroup } from '../../src/gpu/facts.ts';
import { conv2d, type LinearActivation, linear, matmul } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';
import { linearsOf } from '../support/linearsOf.ts';

/** Extents in units. */
interface Sides {
  readonly rows: number;
  readonly columns: number;
  readonly subgroupRows: number;
  readonly subgroupColumns: number;
  /** Of the inner dimension. */
  readonly steps: number;
  readonly slices?: number;
  readonly buffers: 1 | 2;
  readonly staged?: 'inner' | 'natural';
}

const SIDES: Readonly<Record<string, Sides>> = {
  // Small, so that little sizes have several tiles: 2 x 2 subgroups of 2 x 2 units each.
  'in one buffer': { rows: 4, columns: 4, subgroupRows: 2, subgroupColumns: 2, steps: 2, buffers: 1 },
  'as they lie in memory, in two buffers': {
    rows: 4,
    columns: 4,
    subgroupRows: 2,
    subgroupColumns: 2,
    steps: 2,
    buffers: 2,
    staged: 'natural',
  },
  'in tiles that are not square': {
    rows: 4,
    columns: 8,
    subgroupRows: 2,
    subgroupColumns: 4,
    steps: 4,
    buffers: 2,
  },
  'as they lie in memory, in slices of the depth': {
    rows: 4,
    columns: 2,
    subgroupRows: 2,
    subgroupColumns: 2,
    steps: 4,
    slices: 2,
    buffers: 1,
    staged: 'natural',
  },
};

function tileOf(sides: Sides) {
  const {
    rows,
    columns,
    subgroupRows,
    subgroupColumns,
    steps,
    slices = 1,
    buffers,
    staged = 'inner',
  } = sides;
  const { matrixUnit: unit } = device.facts;
  const subgroup = knownSubgroup(device.facts);
  if (!unit || !subgroup) return undefined;
  return {
    kind: 'matrix',
    rows: rows * unit.m,
    columns: columns * unit.n,
    subgroupRows: subgroupRows * unit.m,
    subgroupColumns: subgroupColumns * unit.n,
    depth: steps * unit.k,
    unit,
    slices,
    subgroupSize: subgroup.size,
    pin: subgroup.pin,
    buffers,
    staged,
  } as const;
}

// Of today's software adapters lavapipe has matrix units from Mesa 26 on (scripts/newer-mesa.sh).
describe.each(Object.entries(SIDES))('products of halves in matrix units %s', async (_, sides) => {
  let override: Disposable | undefined;
  beforeAll(() => {
    const gemmTile = tileOf(sides);
    if (gemmTile) override = device.tuning.override({ gemmTile });
  });
  beforeEach((context) => {
    context.skip(device.facts.matrixUnit === null, 'the adapter has no matrix units');
  });
  afterAll(() => override?.[Symbol.dispose]());

  await checkGolden('matmul', { matmul: ([a, b], args) => matmul(a!, b!, args) }, ['f16']);
  await checkGolden(
    'linear',
    {
      linear: ([x, weight, bias]) => linear(x!, weight!, bias),
      linearAdd: ([x, weight, bias, add]) => linear(x!, weight!, bias, { add }),
      linearActivated: ([x, weight, bias], { activation }) =>
        linear(x!, weight!, bias, { activation: activation as LinearActivation }),
    },
    ['f16'],
  );
  await checkGolden('linears', { linears: linearsOf }, ['f16']);
  await checkGolden(
    'conv2dUpsampled',
    { conv2dUpsampled: ([x, weight, bias], args) => conv2d(x!, weight!, bias, args) },
    ['f16'],
  );
  await checkGolden(
    'conv2d',
    {
      conv2d: ([x, weight, bias], args) => conv2d(x!, weight!, bias, args),
      conv2dAdd: ([x, weight, bias, add], args) => conv2d(x!, weight!, bias, { ...args, add }),
    },
    ['f16'],
  );
});
