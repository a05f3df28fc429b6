import { create, globals } from 'webgpu';

// Kernels guard their own bounds, so Dawn's clamping of every access is left out: + 14 % on lavapipe, + 45 % on
// SwiftShader (docs/performance.md).
// Matrix units are experimental, hence "unsafe"; on NVIDIA's Vulkan driver f16 waits behind a switch of its own.
const FEATURES = 'enable-dawn-features=disable_robustness,allow_unsafe_apis,vulkan_enable_f16_on_nvidia';

/** Instances stay referenced: the process aborts when one is collected while its device lives. */
const instances: GPU[] = [];

/** A Dawn instance, optionally restricted to the adapter whose name contains `adapterName`. */
export function createDawn(adapterName?: string): GPU {
  Object.assign(globalThis, globals);
  const options = adapterName ? [FEATURES, `adapter=${adapterName}`] : [FEATURES];
  const gpu = create(options);
  instances.push(gpu);
  return gpu;
}
