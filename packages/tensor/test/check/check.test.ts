import { afterEach, describe, expect, test } from 'vitest';
import { type CheckOptions, type CheckResult, checkDevice } from '../../src/check/index.ts';
import { knownSubgroup } from '../../src/gpu/facts.ts';
import { type Device, manualSeed, openDevice, rand, setDevice } from '../../src/index.ts';
import { device } from '../support/device.ts';
import { plantInShaders } from '../support/plantFault.ts';

const adapter = process.env.LUSD_ADAPTER ?? 'auto';
const opened: Device[] = [];

/** A device on which nothing is compiled yet. */
async function open(): Promise<Device> {
  const other = await openDevice({ adapter, log: null });
  opened.push(other);
  return other;
}

afterEach(() => {
  for (const other of opened.splice(0)) other.destroy();
  setDevice(device);
});

/** Every result; with `until`, up to the first one of that name that did not pass. */
async function resultsOn(on: Device, until?: string, options?: CheckOptions): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of checkDevice(on, options)) {
    results.push(result);
    if (result.name === until && !result.passed) break;
  }
  return results;
}

function wrong(results: readonly CheckResult[]): CheckResult[] {
  return results.filter(({ passed }) => !passed);
}

const KINDS = [
  ...[
    'linear',
    'matmul',
    'conv2d 3 x 3',
    'conv2d 3 x 3, stride 2',
    'conv2d 3 x 3 + x',
    'conv2d 1 x 1',
    'groupNorm',
    'groupNormSilu',
  ],
  ...[
    'layerNorm',
    'softmax',
    'self-attention',
    'cross-attention',
    'attention map',
    'attention probabilities',
    'geglu',
    'silu',
    'gelu',
  ],
  ...['interpolate, twice as large', 'concat', 'slice', 'copy', 'cast to f16 and back', 'permute 2 0 1'],
  ...['sum of all', 'mean of rows', 'sum of columns', 'std of all', 'random uniforms', 'random normals'],
  ...[
    'gradients of linear',
    'gradients of conv2d 3 x 3',
    'gradients of attention',
    'gradients of groupNormSilu',
  ],
  'replay of a captured step',
];

test('every kind of kernel computes what the loops in double do, and leaves nothing behind', async () => {
  const before = device.memory().liveBuffers;
  const results = await resultsOn(device);
  expect(wrong(results)).toEqual([]);
  expect(KINDS.filter((kind) => !results.some(({ name }) => name === kind))).toEqual([]);
  for (const { error, tolerance, problem } of results) {
    expect(error).toBeLessThanOrEqual(tolerance);
    expect(problem).toBeNull();
  }
  expect(device.memory().liveBuffers).toBe(before);
});

test("the device's own random numbers go on as if nothing had been checked", async () => {
  const other = await open();
  const draw = async () => {
    using numbers = rand([4], { device: other });
    return numbers.data();
  };
  manualSeed(7, other);
  const uninterrupted = [await draw(), await draw()];
  manualSeed(7, other);
  const first = await draw();
  for await (const { name } of checkDevice(other)) if (name === 'random normals') break;
  expect([first, await draw()]).toEqual(uninterrupted);
});

describe('what a driver compiles wrongly is named', () => {
  test('a broadcast of another lane in matrix products', async () => {
    const other = await open();
    using _ = plantInShaders(other, (wgsl) =>
      wgsl.replaceAll(/subgroupBroadcast\(a0\.x, 1u\)/g, 'subgroupBroadcast(a0.x, 0u)'),
    );
    const results = await resultsOn(other, 'linear');
    expect(wrong(results)).toEqual([
      expect.objectContaining({
        name: 'linear',
        variant: expect.stringMatching(/^broadcast \d+ x \d+ x 4$/),
        problem: expect.stringMatching(/^element \d+ is -?[\d.]+, not -?[\d.]+$/),
      }),
    ]);
  });

  test('sums over a subgroup that leave out lanes', async () => {
    const other = await open();
    using _ = plantInShaders(other, (wgsl) => wgsl.replaceAll('subgroupAdd(', '0.5 * subgroupAdd('));
    expect(wrong(await resultsOn(other, 'layerNorm')).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sum of all', 'mean of rows', 'std of all', 'layerNorm']),
    );
  });

  test('halves that are stored in the wrong order', async () => {
    const other = await open();
    using _ = plantInShaders(other, (wgsl) =>
      wgsl.replace(
        'pack_halves(value.xy), pack_halves(value.zw)',
        'pack_halves(value.yx), pack_halves(value.zw)',
      ),
    );
    const results = wrong(await resultsOn(other, 'copy'));
    expect(results.length).toBeGreaterThan(0);
  });

  test('a function of one variable', async () => {
    const other = await open();
    using _ = plantInShaders(other, (wgsl) => wgsl.replaceAll('exp(-', 'exp(1e-3 -'));
    expect(wrong(await resultsOn(other, 'silu')).map(({ name }) => name)).toContain('silu');
  });
});

test('a kernel that does not compile is a check that did not pass, and the others go on', async () => {
  const other = await open();
  using _ = plantInShaders(other, (wgsl) => wgsl.replace('fn erf(', 'fn not_erf('));
  const results = await resultsOn(other, 'geglu');
  expect(wrong(results)).toEqual([
    expect.objectContaining({
      name: 'gelu',
      error: Infinity,
      problem: expect.stringMatching(/gelu: .*not compile/),
    }),
    expect.objectContaining({ name: 'geglu' }),
  ]);
});

test('a lost device ends the checks', async () => {
  const other = await open();
  other.gpu.destroy();
  const results = await resultsOn(other);
  expect(results).toEqual([
    expect.objectContaining({ passed: false, problem: expect.stringMatching(/lost/) }),
  ]);
});

describe('matrix units', () => {
  /** As on a GPU, but small: 2 x 2 subgroups of 2 x 2 units each. */
  function matrixTile() {
    const { matrixUnit: unit } = device.facts;
    const subgroup = knownSubgroup(device.facts);
    if (!unit || !subgroup) return null;
    const [rows, columns] = [4 * unit.m, 4 * unit.n];
    const sides = { rows, columns, subgroupRows: rows / 2, subgroupColumns: columns / 2 };
    return {
      kind: 'matrix' as const,
      ...sides,
      depth: 2 * unit.k,
      unit,
      slices: 1,
      subgroupSize: subgroup.size,
      pin: subgroup.pin,
      buffers: 1 as const,
      staged: 'natural' as const,
    };
  }

  // Of today's software adapters lavapipe has them from Mesa 26 on (scripts/newer-mesa.sh).
  test('are checked by a tile that is given, and found where they give zeros', async ({ skip }) => {
    const tile = matrixTile();
    if (!tile) return skip('the adapter has no matrix units');
    const variant = `matrix ${tile.rows} x ${tile.columns} x ${2 * tile.unit.k}`;
    const options = { gemmTiles: [tile] };
    const ofTile = (results: CheckResult[]) => results.filter((result) => result.variant === variant);
    const right = ofTile(await resultsOn(await open(), undefined, options));
    expect(right.map(({ name, dtype, passed }) => [name, dtype, passed])).toEqual([
      ['linear', 'f16', true],
      ['conv2d 3 x 3', 'f16', true],
    ]);
    const other = await open();
    using _ = plantInShaders(other, (wgsl) =>
      wgsl.replaceAll(/sum\w+ = subgroupMatrixMultiplyAccumulate\(.*?\);/g, ''),
    );
    const planted = await resultsOn(other, 'conv2d 3 x 3', options);
    expect(wrong(planted)).toEqual([
      expect.objectContaining({
        name: 'linear',
        variant,
        problem: expect.stringMatching(/^element \d+ is /),
      }),
      expect.objectContaining({ name: 'conv2d 3 x 3', variant }),
    ]);
  });
});
