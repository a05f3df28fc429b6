import type { Device } from '@lusd/tensor';

const SAMPLE_MS = 5;

/** The most memory that this process ever had resident, in bytes. */
export function residentPeakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/**
 * Runs `body` and returns the most resident memory that it added at any time, beyond what the pool of device memory
 * grew by: on a software adapter, whose device memory is the host's, what the host needed for itself. What the runtime
 * (Node, Dawn, the driver's compiler) held before is not counted.
 */
export async function addedHostBytes(device: Device, body: () => Promise<void>): Promise<number> {
  const before = hostBytes(device);
  let peak = before;
  const sample = () => {
    peak = Math.max(peak, hostBytes(device));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  sample();
  return peak - before;
}

function hostBytes(device: Device): number {
  const { liveBytes, freeBytes } = device.memory();
  const ofDevice = device.facts.software ? liveBytes + freeBytes : 0;
  return process.memoryUsage.rss() - ofDevice;
}
