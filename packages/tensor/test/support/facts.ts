import type { Device } from '../../src/index.ts';

/** Runs `body` while `device` claims other facts, so that kernels for other adapters are chosen. */
export async function withFacts(
  device: Device,
  facts: Partial<Device['facts']>,
  body: () => Promise<void>,
): Promise<void> {
  const actual = { ...device.facts };
  Object.assign(device.facts, facts);
  try {
    await body();
  } finally {
    Object.assign(device.facts, actual);
  }
}
