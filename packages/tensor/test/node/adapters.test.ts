import { afterEach, expect, test } from 'vitest';
import { type Device, NoAdapterError, openDevice, tensor } from '../../src/index.ts';
import { findLavapipe } from '../../src/node/vulkan.ts';

const opened: Device[] = [];

async function open(adapter: string): Promise<Device> {
  const device = await openDevice({ adapter, log: null });
  opened.push(device);
  return device;
}

afterEach(() => {
  for (const device of opened.splice(0)) device.destroy();
});

const hasLavapipe = findLavapipe() !== null;

test.skipIf(!hasLavapipe)(
  'one process opens lavapipe, SwiftShader and whatever there is, in turn',
  async () => {
    const names: string[] = [];
    for (const adapter of ['lavapipe', 'swiftshader', 'auto', 'lavapipe']) {
      names.push((await open(adapter)).facts.name);
      expect(await tensor([1, 2]).add(1).data()).toEqual(Float32Array.of(2, 3));
    }
    expect(names[0]).toMatch(/llvmpipe/);
    expect(names[1]).toMatch(/swiftshader/i);
    expect(names[2]).not.toMatch(/swiftshader/i);
    expect(names[3]).toBe(names[0]);
  },
);

test('opening and waiting leave the process as it was', async () => {
  const state = () => ({
    environment: { ...process.env },
    globals: Object.getOwnPropertyNames(globalThis).sort(),
    setImmediate: globalThis.setImmediate,
  });
  const before = state();
  await open('swiftshader');
  const pending = tensor([1]).data();
  expect(state()).toEqual(before);
  await pending;
  expect(state()).toEqual(before);
});

test.each(['no such adapter', 'gpu'])('%s: what is missing is said', async (adapter) => {
  await expect(open(adapter)).rejects.toThrow(NoAdapterError);
  await expect(open(adapter)).rejects.toThrow(new RegExp(`^openDevice: .*'${adapter}'`));
});
