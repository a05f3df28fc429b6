import { NoAdapterError } from '../errors.ts';

/**
 * Which adapter to open. `auto` chooses a real GPU, else lavapipe, else SwiftShader; `gpu` rejects software adapters;
 * any other string is a part of the adapter's name. In a browser only the adapter of `navigator.gpu` can be used.
 */
export type AdapterChoice = 'auto' | 'gpu' | 'lavapipe' | 'swiftshader' | (string & {});

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly software: boolean;
  /** Its name for people. */
  readonly name: string;
}

const REQUEST: GPURequestAdapterOptions = { powerPreference: 'high-performance' };

/** Drivers report lavapipe's older name. */
const NAME_IN_DRIVER: Readonly<Record<string, string>> = { lavapipe: 'llvmpipe' };

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

/** The adapter that `gpu` prefers, or null if it has none. */
export async function requestAdapter(gpu: GPU): Promise<FoundAdapter | null> {
  const adapter = await gpu.requestAdapter(REQUEST);
  if (!adapter) return null;
  return { adapter, software: isSoftware(adapter.info), name: describe(adapter.info) };
}

/** @throws NoAdapterError if `found` is not what was requested */
export function accept(found: FoundAdapter, choice: AdapterChoice): FoundAdapter {
  if (choice === 'auto' || (choice === 'gpu' ? !found.software : isNamed(found, choice))) return found;
  throw new NoAdapterError(`openDevice: wanted adapter '${choice}', found only '${found.name}'`);
}

function isNamed({ name }: FoundAdapter, choice: string): boolean {
  const wanted = choice.toLowerCase();
  return name.toLowerCase().includes(NAME_IN_DRIVER[wanted] ?? wanted);
}

/** The adapter of a `navigator.gpu`. @throws NoAdapterError if there is none, or another than `choice` */
export async function adapterOf(gpu: GPU, choice: AdapterChoice): Promise<FoundAdapter> {
  const found = await requestAdapter(gpu);
  if (!found)
    throw new NoAdapterError('openDevice: navigator.gpu offers no adapter; enable WebGPU in this browser');
  return accept(found, choice);
}
