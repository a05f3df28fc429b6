import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Family } from './families.ts';

const SETUP = fileURLToPath(new URL('../../nullGpu/setup.sh', import.meta.url));

/** Mesa's AMD driver behind a Vulkan loader that runs nothing, in a folder of its own. */
export class NullGpu {
  private constructor(private readonly folder: string) {}

  /** Sets it up at first use, which downloads 100 MB. @throws Error saying in one sentence what is missing here */
  static async setUp(): Promise<NullGpu> {
    if (!existsSync('/bin/bash'))
      throw new Error(`isa: the null GPU runs on Linux x64 only, and this is ${process.platform}`);
    try {
      const { stdout } = await promisify(execFile)('/bin/bash', [SETUP]);
      return new NullGpu(stdout.trim());
    } catch (error) {
      const { stderr, message } = error as Error & { readonly stderr?: string };
      throw new Error(`isa: ${stderr?.trim() || message}`, { cause: error });
    }
  }

  /**
   * The environment of a process whose only GPU is one of `family`.
   * @param debug what the driver prints, as RADV_DEBUG lists it
   */
  environment({ name }: Family, debug: string): NodeJS.ProcessEnv {
    const libraries = join(this.folder, 'mesa/usr/lib/x86_64-linux-gnu');
    const { LD_LIBRARY_PATH } = process.env;
    return {
      ...process.env,
      RADV_FORCE_FAMILY: name,
      RADV_DEBUG: debug,
      VK_DRIVER_FILES: join(this.folder, 'radeon.json'),
      REAL_VULKAN: join(libraries, 'libvulkan.so.1'),
      LD_LIBRARY_PATH: [this.folder, libraries, ...(LD_LIBRARY_PATH ? [LD_LIBRARY_PATH] : [])].join(':'),
    };
  }
}
