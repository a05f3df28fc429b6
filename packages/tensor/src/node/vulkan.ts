import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';

/** dlopen's RTLD_NODELETE, which Node does not name; Dawn keeps the loader's functions after our handle. */
const RTLD_NODELETE = 0x1000;

const FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Loads a shared library into this process permanently.
 * @returns whether the system could load it
 */
export function loadLibrary(file: string): boolean {
  try {
    process.dlopen({ exports: {} }, file, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    return true;
  } catch (error) {
    // A plain library is not a Node addon; when Node reports this, it is already loaded.
    return String(error).includes('did not self-register');
  }
}

let hasLoader: boolean | undefined;

/**
 * Whether this system has a Vulkan loader, without which Dawn complains on stderr; systems other than Linux have Metal
 * or Direct3D. Asked before a packaged loader, which has the same name, is loaded.
 */
export function hasVulkanLoader(): boolean {
  hasLoader ??= process.platform !== 'linux' || loadLibrary('libvulkan.so.1');
  return hasLoader;
}

/** The driver file of Mesa's lavapipe, if one is installed. */
export function findLavapipe(): string | null {
  for (const folder of FOLDERS) {
    if (!existsSync(folder)) continue;
    const file = readdirSync(folder).find((name) => name.startsWith('lvp_icd'));
    if (file) return join(folder, file);
  }
  return null;
}

/**
 * Runs `request`, in which a Vulkan loader sees the driver file `driver` only. The variables are the whole process's,
 * so that `request` must not wait: a loader reads them when an instance is made, which Dawn does within
 * `requestAdapter`.
 */
export function withDriver<T>(driver: string, request: () => T): T {
  return withVariables({ VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver }, request);
}

/**
 * Runs `request`, in which Mesa's lavapipe starts two threads for each core, unless LP_NUM_THREADS says how many: it
 * divides a launch among its threads before they begin, so that with one for each core a launch waits for the core that
 * the host's own thread is using. `request` must not wait, as for `withDriver`.
 */
export function withBalancedLavapipe<T>(request: () => T): T {
  const { LP_NUM_THREADS = String(2 * availableParallelism()) } = process.env;
  return withVariables({ LP_NUM_THREADS }, request);
}

function withVariables<T>(values: Readonly<Record<string, string>>, request: () => T): T {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, values);
  try {
    return request();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
