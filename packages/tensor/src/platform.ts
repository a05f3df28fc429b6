import type { AdapterChoice, FoundAdapter } from './gpu/adapter.ts';
import type { ByteSource } from './safetensors/byteSource.ts';

/**
 * What the library needs from the system, apart from WebGPU and JavaScript. `#platform`, an entry of the
 * package's `imports`, is the implementation for Node or the one for browsers; no other file imports from Node.
 */
export interface Platform {
  /** @throws NoAdapterError naming what was tried and what to install */
  findAdapter(choice: AdapterChoice): Promise<FoundAdapter>;
  /** What implements WebGPU, with its version where that is known. */
  webgpu(): string;
  /** What was remembered under `name`, in this process or, where there is a disk, by an earlier one; else null. */
  recall(name: string): Promise<string | null>;
  /** Keeps a text that can be found out again. @returns where it is kept, or null if it could not be */
  remember(name: string, text: string): Promise<string | null>;
  /** Bytes of the machine's memory; infinite where the system does not say. */
  totalMemory(): number;
  /** Awaits work of a software adapter without taking processor time from it. */
  waitOnSoftware<T>(promise: Promise<T>): Promise<T>;
  /** @throws SafetensorsError if the file cannot be opened */
  openFile(path: string | URL): Promise<ByteSource>;
  /** Writes `parts`, one after the other; the file gets its name only when it is complete and on the disk. */
  writeFile(path: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
}
