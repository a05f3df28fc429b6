import { type Device, openDevice } from '@lusd/tensor';
import { afterAll, beforeAll } from 'vitest';

export let device: Device;

// Reused memory is filled with NaN, so that a kernel which leaves part of its output unwritten is caught.
beforeAll(async () => {
  device = await openDevice({ adapter: process.env.LUSD_ADAPTER ?? 'auto', poison: true, log: null });
});

afterAll(() => {
  device.destroy();
});
