import { createRequire } from 'node:module';
import { NoAdapterError } from '../errors.ts';

// Kernels guard their own bounds, so Dawn's clamping of every access is disabled: + 14 % on lavapipe, + 45 % on
// SwiftShader (docs/performance.md).
// Matrix units are experimental, hence "unsafe"; on NVIDIA's Vulkan driver f16 needs a separate toggle.
const FEATURES = [
  'enable-dawn-features=disable_robustness,allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
  // Else the times of kernels are multiples of 65 us.
  'disable-dawn-features=timestamp_quantization',
];

/** Instances stay referenced: the process aborts when one is collected while its device lives. */
const instances: GPU[] = [];

/** Makes a Dawn instance, optionally restricted to the adapter whose name contains `adapterName`. */
export type CreateDawn = (adapterName?: string) => GPU;

/**
 * Loads Dawn's library.
 * @throws NoAdapterError if this system cannot load it
 */
export async function loadDawn(): Promise<CreateDawn> {
  const { create } = await import('webgpu').catch((cause: unknown) => {
    throw new NoAdapterError(`openDevice: ${explainLoadError(cause)}`, { cause });
  });
  return (adapterName) => {
    const gpu = create(adapterName ? [...FEATURES, `adapter=${adapterName}`] : FEATURES);
    instances.push(gpu);
    return gpu;
  };
}

/** Dawn, as the version of its package, or another WebGPU that the program put in its place. */
export function dawnVersion(): string {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU; userAgent?: string } };
  if (navigator?.gpu) return `navigator.gpu of ${navigator.userAgent ?? 'this program'}`;
  try {
    const { version } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
    return `Dawn (webgpu ${version})`;
  } catch {
    return 'Dawn'; // A program that bundles the package may leave this file out.
  }
}

const GLIBC_SYSTEMS = 'Debian 13, Ubuntu 24.04, or a newer one';

/** Why the system cannot load Dawn's library, and what to do, from its loader's message (glibc's or musl's). */
function explainLoadError(error: unknown): string {
  const [message = ''] = String(error instanceof Error ? error.message : error).split('\n');
  const [, library, version] = /version `(GLIBC|GLIBCXX|CXXABI)_([\d.]+)' not found/.exec(message) ?? [];
  if (library && version) {
    const old = (name: string) =>
      `this system's ${name} is older than ${version}, which Dawn (the npm package webgpu) needs`;
    return library === 'GLIBC'
      ? `${old('C library (glibc)')}; use ${GLIBC_SYSTEMS}`
      : `${old(`C++ library (libstdc++, ${library})`)}; use a newer one (a module of gcc, or conda's libstdcxx-ng), or use ${GLIBC_SYSTEMS}`;
  }
  if (/Error (?:loading shared library|relocating)/.test(message)) {
    return `this system's C library is musl (Alpine), for which Dawn (the npm package webgpu) is not built; use a system with glibc, such as ${GLIBC_SYSTEMS}`;
  }
  const { platform, arch } = process;
  if (/Cannot find module .*dawn\.node/.test(message)) {
    return `Dawn (the npm package webgpu) is not built for ${platform} ${arch}; use Linux, macOS or Windows on x64 or arm64`;
  }
  return `Dawn (the npm package webgpu) could not be loaded: ${message}; reinstall the packages`;
}
