import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Device, DeviceLostError, openDevice, setDevice, sum, tensor } from '../../src/index.ts';
import { device } from '../support/device.ts';
import { plantInInfo, plantInShaders } from '../support/plantFault.ts';

const adapter = process.env.LUSD_ADAPTER ?? 'auto';
const folder = mkdtempSync(join(tmpdir(), 'lusd-probe-'));
const cache = join(folder, 'lusd', 'probed-adapters.json');
const lines: string[] = [];
const opened: Device[] = [];

async function open(): Promise<Device> {
  lines.length = 0;
  const other = await openDevice({ adapter, log: (line) => lines.push(line) });
  opened.push(other);
  return other;
}

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
  rmSync(cache, { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const other of opened.splice(0)) other.destroy();
  setDevice(device);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Temporary files beside the cache. */
function leftovers(): string[] {
  return readdirSync(join(folder, 'lusd')).filter((name) => name.endsWith('.tmp'));
}

/** The sum of 1000 ones on a device, by whatever its kernels use. */
async function countOnes(on: Device): Promise<number> {
  using ones = tensor(new Float32Array(1000).fill(1), { device: on });
  using total = sum(ones);
  return total.item();
}

describe('a device without faults', () => {
  test('is what the adapter reports, and one line is said', async () => {
    const other = await open();
    expect(other.faults).toEqual([]);
    expect(other.facts).toEqual(device.facts);
    expect(other.features).toEqual(device.features);
    expect(lines).toHaveLength(1);
  });

  test('is asked once: the next one compiles nothing when it is opened', async () => {
    await open();
    expect(JSON.parse(readFileSync(cache, 'utf8'))).toEqual([expect.stringContaining(device.facts.name)]);
    expect(leftovers()).toEqual([]);
    const compiled = vi.spyOn(Object.getPrototypeOf(device.gpu) as GPUDevice, 'createShaderModule');
    await open();
    expect(compiled).not.toHaveBeenCalled();
    compiled.mockRestore();
  });

  test.each(['', '{"a": 1}', '["cut', '[1, null]'])(
    'is asked again where the cache holds %j',
    async (text) => {
      await open();
      writeFileSync(cache, text);
      await open();
      expect(JSON.parse(readFileSync(cache, 'utf8'))).toHaveLength(1);
    },
  );

  test('is opened where no cache can be written', async () => {
    mkdirSync(cache, { recursive: true });
    expect((await open()).faults).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
});

describe('subgroups', () => {
  beforeEach((context) => {
    context.skip(!device.gpu.features.has('subgroups'), 'the adapter has no subgroups');
  });

  const expectWithoutSubgroups = async (symptom: RegExp) => {
    const other = await open();
    expect(other.faults).toEqual([expect.stringMatching(symptom)]);
    expect(lines.slice(1)).toEqual(other.faults);
    expect(other.facts).toMatchObject({ subgroupMinSize: 0, subgroupMaxSize: 0, matrixUnit: null });
    expect(other.features.has('subgroups')).toBe(false);
    expect(await countOnes(other)).toBe(1000);
  };

  test('of another size than the adapter reports are not used', async () => {
    const size = 2 * device.facts.subgroupMaxSize;
    using _ = plantInInfo({ subgroupMinSize: size, subgroupMaxSize: size });
    await expectWithoutSubgroups(
      new RegExp(
        `subgroup_size in subgroups of ${size} is ${size / 2} in lane 0, not ${size};.*update its driver`,
      ),
    );
  });

  // What lavapipe does with vectors of 1024 bits: subgroups of 32, of which 16 lanes are added up.
  test('whose sums leave out lanes are not used, and are not remembered to be right', async () => {
    {
      using _ = plantInShaders(device, (wgsl) =>
        wgsl.replace(
          'subgroupAdd(f32(value))',
          'subgroupAdd(select(0.0, f32(value), subgroup_lane % 2u == 0u))',
        ),
      );
      await expectWithoutSubgroups(/subgroupAdd of f32 in subgroups of \d+ is \d+ in lane 0, not \d+/);
      await expectWithoutSubgroups(/subgroupAdd of f32/);
    }
    expect((await open()).faults).toEqual([]);
  });

  test.each([
    ['subgroupBroadcast', /subgroupBroadcast\(value, 1u\)/, '0u', /subgroupBroadcast of every lane/],
    ['subgroupShuffleXor', /subgroupShuffleXor\(value, 2u\)/, 'value', /subgroupShuffleXor by every power/],
  ])('whose %s gives other lanes are not used', async (_, call, instead, symptom) => {
    using __ = plantInShaders(device, (wgsl) => wgsl.replace(call, instead));
    await expectWithoutSubgroups(symptom);
  });

  test('whose kernels do not compile are not used', async () => {
    using _ = plantInShaders(device, (wgsl) => wgsl.replace('subgroupMin(value)', 'nonsense(value)'));
    await expectWithoutSubgroups(/its kernel does not compile \(.*nonsense/);
  });
});

describe('matrix units', () => {
  // Of today's software adapters lavapipe has them from Mesa 26 on (scripts/newer-mesa.sh).
  beforeEach((context) => {
    context.skip(device.facts.matrixUnit === null, 'the adapter has no matrix units');
  });

  test.each([
    ['zeros', /sum = subgroupMatrixMultiplyAccumulate\(left, right, sum\);/g],
    [
      'only the first product of a sum',
      /(?<=subgroupMatrixMultiplyAccumulate.*)sum = subgroupMatrixMultiplyAccumulate\(left, right, sum\);/s,
    ],
  ])('that give %s are not used', async (_, call) => {
    using __ = plantInShaders(device, (wgsl) => wgsl.replace(call, ''));
    const other = await open();
    expect(other.faults).toEqual([
      expect.stringMatching(/a product of \d+ x \d+ x \d+ is .* in row 0, column 0, not/),
    ]);
    expect(other.facts).toEqual({ ...device.facts, matrixUnit: null });
    expect(other.features.has('subgroups')).toBe(true);
  });

  test('whose kernels convert to halves wrongly are not used', async () => {
    using _ = plantInShaders(device, (wgsl) => wgsl.replace('vec2h(v)', 'vec2h(min(v, vec2f(65504.0)))'));
    const other = await open();
    expect(other.faults).toEqual([expect.stringMatching(/Infinity is stored as the half 0x7bff/)]);
    expect(other.facts).toEqual({ ...device.facts, matrixUnit: null });
    expect(other.features.has('shader-f16')).toBe(true);
  });

  test('whose right operand is read row by row are not used', async () => {
    using _ = plantInShaders(device, (wgsl) => wgsl.replaceAll(', col_major>', ', row_major>'));
    expect((await open()).facts.matrixUnit).toBeNull();
  });
});

describe('a device that is lost', () => {
  /** A driver that ends the device when it gets a kernel with `text`. */
  const plantLoss = (text: string) =>
    plantInShaders(device, function (this: GPUDevice, wgsl) {
      if (wgsl.includes(text)) this.destroy();
      return wgsl;
    });

  test('over subgroups is opened again without them', async (context) => {
    context.skip(!device.gpu.features.has('subgroups'), 'the adapter has no subgroups');
    using _ = plantLoss('subgroupAdd(f32(value))');
    const other = await open();
    expect(other.faults).toEqual([
      expect.stringMatching(/the device is lost \(.*\); subgroups are not used, which is slower/),
    ]);
    expect(lines.slice(1)).toEqual(other.faults);
    expect(other.facts).toMatchObject({ subgroupMaxSize: 0, matrixUnit: null });
    expect(other.gpu.features.has('subgroups')).toBe(false);
    expect(await countOnes(other)).toBe(1000);
  });

  test('over matrix units is opened again without them', async (context) => {
    context.skip(device.facts.matrixUnit === null, 'the adapter has no matrix units');
    using _ = plantLoss('subgroupMatrixMultiplyAccumulate');
    const other = await open();
    expect(other.faults).toEqual([expect.stringMatching(/the device is lost .* matrix units are not used/)]);
    expect(other.facts).toEqual({ ...device.facts, matrixUnit: null });
    expect(await countOnes(other)).toBe(1000);
  });

  test('over what every device has is not opened', async () => {
    using _ = plantLoss('fn main');
    await expect(open()).rejects.toThrow(DeviceLostError);
    await expect(open()).rejects.toThrow(/stopped while it was checked .*; update its driver/);
  });
});

describe('halves', () => {
  test.each([
    [
      'stored without infinities',
      'vec2u(0x7c00u)',
      'vec2u(0x7bffu)',
      /Infinity is stored as the half 0x7bff/,
    ],
    [
      'loaded in the wrong order',
      'vec4f(unpack2x16float(word.x), unpack2x16float(word.y))',
      'vec4f(unpack2x16float(word.y), unpack2x16float(word.x))',
      /the half 0x0000 is loaded as 1, not 0/,
    ],
  ])('that are %s are not chosen', async (_, text, instead, symptom) => {
    using __ = plantInShaders(device, (wgsl) => wgsl.replace(text, instead));
    const other = await open();
    expect(other.faults).toEqual([expect.stringMatching(symptom)]);
    expect(lines.slice(1)).toEqual(other.faults);
    expect(other.features.has('shader-f16')).toBe(false);
    expect(other.facts).toEqual({ ...device.facts, matrixUnit: null });
  });
});
