import { useDevice } from '@lusd/testing/device';
import { type Device, openDevice } from '../../src/index.ts';

export let device: Device;

useDevice(
  openDevice,
  (opened) => {
    device = opened;
  },
  // The state of the random generator stays on the device.
  { collect: true, kept: 1 },
);
