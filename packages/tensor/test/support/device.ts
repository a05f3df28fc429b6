import { useDevice } from '@lusd/testing/device';
import { type Device, openDevice } from '../../src/index.ts';
import { isSeeded } from '../../src/ops/random.ts';

export let device: Device;

useDevice(
  openDevice,
  (opened) => {
    device = opened;
  },
  // A seeded device keeps the state of its generator.
  { collect: true, own: (opened) => (isSeeded(opened) ? 1 : 0) },
);
