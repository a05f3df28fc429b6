import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NullGpu, NullGpuProcess } from '../nullGpu.ts';
import { type Compiled, parseCompiled } from './driverOutput.ts';
import type { Family } from './families.ts';
import { type HottestBlock, hottestBlock } from './hottestBlock.ts';
import { type CompileFacts, type CompileMessage, type Site, splitByAnnouncement } from './protocol.ts';

const PROCESS = fileURLToPath(new URL('./compileProcess.ts', import.meta.url));
const KEPT_OF_STDERR = 500;

/** A kernel as compiled for one family. */
export interface CompiledKernel extends Omit<Compiled, 'blocks' | 'hash' | 'subgroupsPerSimd'> {
  readonly site: Site;
  /** Subgroups of the kernel's size of which the registers and the workgroup memory fit a SIMD. */
  readonly subgroupsPerSimd: number;
  readonly hottest: HottestBlock;
  /** All that the driver printed about it. */
  readonly output: string;
}

export interface FamilyResult extends CompileFacts {
  readonly family: Family;
  readonly kernels: readonly CompiledKernel[];
}

/** How much the driver prints about a kernel: its machine code, or also what it was before. */
export type Verbosity = 'code' | 'everything';

const DEBUG: Readonly<Record<Verbosity, string>> = {
  code: 'shaderstats,asm,nocache',
  everything: 'shaderstats,shaders,nocache',
};

/**
 * Compiles every kernel that a full-size edit launches, and one of each kind in f32, for `family`, in a process of its
 * own.
 * @throws Error with the process's reason, or saying how it ended or what of the driver's output is unknown
 */
export async function compileFamily(
  family: Family,
  nullGpu: NullGpu,
  verbosity: Verbosity = 'code',
): Promise<FamilyResult> {
  const { message, output } = await runProcess(nullGpu.process(family, DEBUG[verbosity]));
  if ('error' in message) throw new Error(`isa: ${family.name}: ${message.error}`);
  const { sites, ...facts } = message.result;
  return { family, ...facts, kernels: parseKernels(sites, output, family) };
}

/** The driver's output goes through a file: it ignores that a pipe is full, and loses what it prints then. */
async function runProcess(process: NullGpuProcess): Promise<{ message: CompileMessage; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lusd-isa-'));
  try {
    await using file = await open(join(folder, 'stderr.txt'), 'w');
    const end = await untilEnd(
      fork(PROCESS, [], { ...process, stdio: ['ignore', 'ignore', file.fd, 'ipc'] }),
    );
    const output = await readFile(join(folder, 'stderr.txt'), 'utf8');
    const error = `the compiling process ended early (${end.how}): ${output.slice(-KEPT_OF_STDERR).trim()}`;
    return { message: end.message ?? { error }, output };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function untilEnd(child: ChildProcess): Promise<{ message: CompileMessage | null; how: string }> {
  let message: CompileMessage | null = null;
  child.on('message', (received: CompileMessage) => {
    message = received;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ message, how: signal ?? `exit code ${code}` }));
  });
}

/** In the order of their first launch, each text once. */
function parseKernels(sites: readonly Site[], output: string, family: Family): CompiledKernel[] {
  const kernels = new Map<string, CompiledKernel>();
  for (const [index, section] of splitByAnnouncement(output)) {
    const site = sites[index];
    if (!site) throw new Error(`isa: ${family.name}: pipeline ${index} was announced and not reported`);
    const compiled = parseCompiled(`isa: ${family.name}: ${site.kernel}`, section);
    if (!compiled || kernels.has(compiled.hash)) continue;
    const { blocks, hash, ...statistics } = compiled;
    const { subgroupSize, subgroupsPerSimd } = statistics;
    kernels.set(hash, {
      site,
      ...statistics,
      subgroupsPerSimd: subgroupsPerSimd / (family.lanes === 32 ? subgroupSize / 32 : 1),
      hottest: hottestBlock(blocks, subgroupSize, family),
      output: section,
    });
  }
  return [...kernels.values()];
}
