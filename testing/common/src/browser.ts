import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';

/** With these Chromium has WebGPU, on SwiftShader. */
export const WEBGPU_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-vulkan=swiftshader',
  '--enable-features=Vulkan',
  '--ignore-gpu-blocklist',
];
const FLAGS = ['--headless=shell', ...WEBGPU_FLAGS, '--remote-debugging-port=0'];

/** The packaged Chromium, or null where it cannot start, for want of a library of the system (libnss3). */
export async function findChromium(): Promise<string | null> {
  const path = await chromium.executablePath();
  return spawnSync(path, ['--version']).status === 0 ? path : null;
}

/** Chromium showing a page, on SwiftShader. Disposing it ends the browser. */
export class Browser {
  private readonly profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  private readonly child: ChildProcess;

  constructor(executable: string, url: string) {
    // A process group of its own: what the browser started goes on writing to the profile if it alone is ended.
    const options = { stdio: 'ignore', detached: true } as const;
    this.child = spawn(executable, [...FLAGS, `--user-data-dir=${this.profile}`, url], options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    const { pid, exitCode } = this.child;
    if (pid !== undefined && exitCode === null) {
      process.kill(-pid, 'SIGKILL');
      await exited;
    }
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 20 });
  }
}
