import { type Device, openDevice } from '@lusd/tensor';
import { useDevice } from '@lusd/testing/device';

export let device: Device;

useDevice(openDevice, (opened) => {
  device = opened;
});
