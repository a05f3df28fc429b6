import { NoAdapterError } from '../errors.ts';

/**
 * Which adapter to open. `auto` takes a real GPU, else lavapipe, else SwiftShader; `gpu` refuses software; any
 * other string is a part of the adapter's name.
 */
export type AdapterChoice = 'auto' | 'gpu' | 'lavapipe' | 'swiftshader' | (string & {});

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly software: boolean;
  /** What a person would call it. */
  readonly name: string;
}

const REQUEST: GPURequestAdapterOptions = { powerPreference: 'high-performance' };

function isSoftware(info: GPUAdapterInfo): boolean {
  return (
    info.isFallbackAdapter ||
    /llvmpipe|lavapipe|swiftshader|software/i.test(`${info.architecture} ${info.description}`)
  );
}

function describe(info: GPUAdapterInfo): string {
  const parts = [info.vendor, info.architecture, info.device, info.description];
  return parts.filter((part) => part !== '').join(' ') || 'unnamed adapter';
}

async function request(gpu: GPU): Promise<FoundAdapter | null> {
  const adapter = await gpu.requestAdapter(REQUEST);
  if (!adapter) return null;
  return { adapter, software: isSoftware(adapter.info), name: describe(adapter.info) };
}

/** Dawn throws, listing the adapters there are (`backend: 'vulkan', name: '..'`), when none has the name. */
async function requestNamed(gpu: GPU, name: string): Promise<FoundAdapter | null> {
  try {
    return await request(gpu);
  } catch (error) {
    const names = [...String(error).matchAll(/name: '([^']*)'/g)].map(([, found]) => found);
    const known = names.length > 0 ? `name a part of ${names.join(' or ')}` : 'and there is no other';
    throw new NoAdapterError(`openDevice: no adapter is named '${name}'; ${known}`, { cause: error });
  }
}

async function fromBrowser(gpu: GPU, choice: AdapterChoice): Promise<FoundAdapter> {
  const found = await request(gpu);
  if (!found)
    throw new NoAdapterError('openDevice: navigator.gpu offers no adapter; enable WebGPU in this browser');
  return accept(found, choice);
}

function accept(found: FoundAdapter, choice: AdapterChoice): FoundAdapter {
  if (choice === 'auto' || choice === 'lavapipe' || choice === 'swiftshader') return found;
  if (choice === 'gpu' ? !found.software : found.name.toLowerCase().includes(choice.toLowerCase()))
    return found;
  throw new NoAdapterError(`openDevice: wanted adapter '${choice}', found only '${found.name}'`);
}

async function fromDawn(choice: AdapterChoice): Promise<FoundAdapter> {
  const { createDawn } = await import('./node/dawn.ts');
  const tried: string[] = [];

  if (choice !== 'swiftshader') {
    if (choice === 'lavapipe') await selectLavapipe();
    const named = choice !== 'auto' && choice !== 'gpu' && choice !== 'lavapipe';
    const found = await (named ? requestNamed(createDawn(choice), choice) : request(createDawn()));
    if (found) return accept(found, choice);
    tried.push(
      named
        ? `an adapter named '${choice}'`
        : choice === 'lavapipe'
          ? 'lavapipe'
          : 'every Vulkan driver installed',
    );
  }

  if (choice === 'auto' || choice === 'swiftshader') {
    const { loadSwiftShader } = await import('./node/swiftshader.ts');
    const found = loadSwiftShader() ? await request(createDawn()) : null;
    if (found) return found;
    tried.push('the packaged SwiftShader');
  }
  throw new NoAdapterError(
    `openDevice: no WebGPU adapter found; tried ${tried.join(' and ')}. Install a GPU driver with Vulkan, or Mesa's ` +
      'software driver (Debian: mesa-vulkan-drivers >= 25), or run `npm install @sparticuz/chromium@147` for SwiftShader',
  );
}

async function selectLavapipe(): Promise<void> {
  const { findLavapipe } = await import('./node/lavapipe.ts');
  const icd = findLavapipe();
  if (!icd) {
    throw new NoAdapterError(
      "openDevice: lavapipe is not installed; on Debian it is in 'mesa-vulkan-drivers' (>= 25)",
    );
  }
  process.env.VK_DRIVER_FILES = icd;
  process.env.VK_ICD_FILENAMES = icd;
}

/** @throws NoAdapterError saying what was tried and what to install */
export async function findAdapter(choice: AdapterChoice): Promise<FoundAdapter> {
  const browser = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  return browser ? fromBrowser(browser, choice) : fromDawn(choice);
}
