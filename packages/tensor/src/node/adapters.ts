import { NoAdapterError } from '../errors.ts';
import { type AdapterChoice, accept, adapterOf, type FoundAdapter, requestAdapter } from '../gpu/adapter.ts';
import { type CreateDawn, loadDawn } from './dawn.ts';
import { findSwiftShader } from './swiftshader.ts';
import { findLavapipe, hasVulkanLoader, loadLibrary, withBalancedLavapipe, withDriver } from './vulkan.ts';

/** One way to find an adapter: the adapter, or what is missing. */
type Attempt = (dawn: CreateDawn) => Promise<FoundAdapter | { readonly missing: string }>;

/** @throws NoAdapterError naming what was tried and what to install */
export async function findAdapter(choice: AdapterChoice): Promise<FoundAdapter> {
  // Node has no `navigator.gpu`, but other runtimes with its modules do, and programs may set one.
  const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  if (gpu) return adapterOf(gpu, choice);
  const dawn = await loadDawn();
  const missing: string[] = [];
  for (const attempt of attempts(choice)) {
    const found = await attempt(dawn);
    if ('adapter' in found) return accept(found, choice);
    missing.push(found.missing);
  }
  const wanted = choice === 'auto' ? 'no WebGPU adapter' : `no WebGPU adapter '${choice}'`;
  throw new NoAdapterError(
    `openDevice: ${wanted} found: ${missing.join(' and ')}; install a GPU driver with Vulkan, or Mesa's software driver ` +
      '(Debian: mesa-vulkan-drivers >= 25), or run `npm install @sparticuz/chromium@147` for SwiftShader',
  );
}

function attempts(choice: AdapterChoice): readonly Attempt[] {
  switch (choice) {
    case 'auto':
      return [installed, swiftShader];
    case 'gpu':
      return [installed];
    case 'lavapipe':
      return [lavapipe];
    case 'swiftshader':
      return [swiftShader];
    default:
      return [(dawn) => named(dawn, choice)];
  }
}

const NO_LOADER = 'there is no Vulkan loader (libvulkan.so.1)';

/** From an installed driver, which may be lavapipe. */
function requestFrom(dawn: CreateDawn, name?: string): Promise<FoundAdapter | null> {
  return withBalancedLavapipe(() => requestAdapter(dawn(name)));
}

async function installed(dawn: CreateDawn): ReturnType<Attempt> {
  if (!hasVulkanLoader()) return { missing: NO_LOADER };
  return (await requestFrom(dawn)) ?? { missing: 'no installed driver offers one' };
}

async function named(dawn: CreateDawn, name: string): ReturnType<Attempt> {
  if (!hasVulkanLoader()) return { missing: NO_LOADER };
  try {
    return (await requestFrom(dawn, name)) ?? { missing: `none is named '${name}'` };
  } catch (error) {
    // Dawn throws, listing the adapters there are (`backend: 'vulkan', name: '..'`), when none has the name.
    const names = [...String(error).matchAll(/name: '([^']*)'/g)].map(([, found]) => found);
    const known = names.length > 0 ? `use a part of ${names.join(' or ')}` : 'and there is no other';
    throw new NoAdapterError(`openDevice: no adapter is named '${name}'; ${known}`, { cause: error });
  }
}

async function lavapipe(dawn: CreateDawn): ReturnType<Attempt> {
  const driver = findLavapipe();
  if (!driver) {
    throw new NoAdapterError(
      "openDevice: lavapipe is not installed; on Debian it is in 'mesa-vulkan-drivers' (>= 25)",
    );
  }
  if (!hasVulkanLoader()) return { missing: NO_LOADER };
  return (await withDriver(driver, () => requestFrom(dawn))) ?? { missing: 'lavapipe could not be started' };
}

async function swiftShader(dawn: CreateDawn): ReturnType<Attempt> {
  const packaged = findSwiftShader();
  if (!packaged) return { missing: 'SwiftShader is not installed' };
  const { loader, driver } = packaged;
  const missing = { missing: 'the packaged SwiftShader could not be started' };
  if (!hasVulkanLoader() && !loadLibrary(loader)) return missing;
  return (await withDriver(driver, () => requestAdapter(dawn()))) ?? missing;
}
