import { execFile, type ForkOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Family } from './isa/families.ts';

const SHIM = 'libamdgpu_noop_drm_shim.so';
const SETUP = fileURLToPath(new URL('../nullGpu/setup.sh', import.meta.url));

/** How a process is forked whose only GPU is the null one. */
export type NullGpuProcess = Required<Pick<ForkOptions, 'execPath' | 'execArgv' | 'env'>>;

/** Mesa's AMD driver behind a Vulkan loader that runs nothing, in a folder of its own. */
export class NullGpu {
  private constructor(private readonly folder: string) {}

  /** Sets it up at first use, which downloads 140 MB. @throws Error saying in one sentence what is missing here */
  static async setUp(): Promise<NullGpu> {
    if (!existsSync('/bin/bash'))
      throw new Error(`the null GPU runs on Linux x64 only, and this is ${process.platform}`);
    try {
      const { stdout } = await promisify(execFile)('/bin/bash', [SETUP]);
      return new NullGpu(stdout.trim());
    } catch (error) {
      const { stderr, message } = error as Error & { readonly stderr?: string };
      throw new Error(`the null GPU: ${stderr?.trim() || message}`, { cause: error });
    }
  }

  /**
   * A process of Node whose only GPU is one of `family`. It runs with the C library that Mesa was built for, which is
   * newer than many a system's; Mesa's shim for the kernel's interface stands for the GPU.
   * @param debug what the driver prints, as RADV_DEBUG lists it
   */
  process({ name }: Family, debug: string): NullGpuProcess {
    const libraries = join(this.folder, 'mesa/usr/lib/x86_64-linux-gnu');
    const inMesa = (file: string) => join(libraries, file);
    const path = [this.folder, libraries].join(':');
    return {
      execPath: join(this.folder, 'ld.so'),
      execArgv: ['--preload', inMesa(SHIM), '--library-path', path, process.execPath, '--import', 'tsx'],
      env: {
        ...process.env,
        AMDGPU_GPU_ID: name,
        RADV_DEBUG: debug,
        VK_DRIVER_FILES: join(this.folder, 'radeon.json'),
        REAL_VULKAN: inMesa('libvulkan.so.1'),
      },
    };
  }
}
