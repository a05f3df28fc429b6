import { type Device, openDevice } from '@lusd/tensor';
import { afterAll, beforeAll, expect } from 'vitest';

export let device: Device;

// Reused memory is filled with NaN, so that a kernel which leaves part of its output unwritten is caught.
beforeAll(async () => {
  device = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
});

// A tensor that a test does not dispose is freed by the garbage collector while another test counts buffers.
afterAll(() => {
  const { liveBuffers } = device.memory();
  device.destroy();
  expect(liveBuffers, 'buffers that the tests of this file left on the device').toBe(0);
});
