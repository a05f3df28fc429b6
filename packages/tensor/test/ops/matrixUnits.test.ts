import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { conv2d, linear, matmul } from '../../src/index.ts';
import { checkGolden } from '../support/checkGolden.ts';
import { device } from '../support/device.ts';

// Of today's software adapters lavapipe has matrix units from Mesa 26 on.
describe('products of halves in matrix units', async () => {
  let override: Disposable | undefined;
  beforeAll(() => {
    const { matrixUnit: unit, subgroupMinSize: subgroupSize } = device.facts;
    // Small, so that little sizes have several tiles: 2 x 2 subgroups of 2 x 2 units each.
    const edge = 4 * unit;
    const sides = { rows: edge, columns: edge, subgroupRows: edge / 2, subgroupColumns: edge / 2 };
    const depth = (16 * 4 * subgroupSize) / edge;
    const gemmTile = { kind: 'matrix', ...sides, depth, unit, subgroupSize } as const;
    if (unit > 0) override = device.tuning.override({ gemmTile });
  });
  beforeEach((context) => {
    context.skip(device.facts.matrixUnit === 0, 'the adapter has no matrix units');
  });
  afterAll(() => override?.[Symbol.dispose]());

  await checkGolden('matmul', { matmul: ([a, b], args) => matmul(a!, b!, args) }, ['f16']);
  await checkGolden('linear', { linear: ([x, weight, bias]) => linear(x!, weight!, bias) }, ['f16']);
  await checkGolden('conv2d', { conv2d: ([x, weight, bias], args) => conv2d(x!, weight!, bias, args) }, [
    'f16',
  ]);
});
