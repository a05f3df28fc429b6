import { existsSync } from 'node:fs';

/** Exists if NVIDIA's kernel driver is loaded, in containers too. */
const DRIVER_FILES = ['/proc/driver/nvidia/version', '/dev/nvidiactl'];

/**
 * What is missing where NVIDIA's kernel driver is there but no adapter of it, as in containers that lack its Vulkan
 * part.
 */
export function nvidiaRemedies(exists: (path: string) => boolean = existsSync): readonly string[] {
  const found = DRIVER_FILES.find(exists);
  if (!found) return [];
  return [
    `the Vulkan part of NVIDIA's driver, whose kernel part is here (${found}): start a container with ` +
      'NVIDIA_DRIVER_CAPABILITIES=graphics,compute,utility (or all) and install libvulkan1, libegl1 and libxext6 in it; ' +
      "outside of one, install the driver's Vulkan package",
  ];
}
