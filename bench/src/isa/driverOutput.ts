import { type Block, parseBlocks } from './instructions.ts';

/** What RADV says about one compiled kernel. */
export interface Compiled {
  /** The same for two pipelines of one text. */
  readonly hash: string;
  /** Vector registers a lane, as allocated. */
  readonly vgprs: number;
  /** As it is printed: on RDNA in subgroups of 32, also where the kernel's are of 64. */
  readonly subgroupsPerSimd: number;
  readonly subgroupSize: number;
  readonly spilledVgprs: number;
  /** Bytes of scratch memory a lane: spills, and arrays that are not in registers. */
  readonly scratchBytes: number;
  /** Bytes of workgroup memory. */
  readonly workgroupBytes: number;
  readonly blocks: readonly Block[];
}

const STATISTICS = '*** SHADER STATS ***';
const DISASSEMBLY = '\ndisasm:\n';

/**
 * Parses what RADV prints about one pipeline with RADV_DEBUG=shaderstats,asm (or shaders), and the null loader's line
 * after it.
 *
 * @returns null if it printed nothing, since an earlier pipeline had the same text
 * @throws Error naming what is not as Mesa 26.1 prints it
 */
export function parseCompiled(name: string, output: string): Compiled | null {
  const [listing = '', statistics, ...more] = output.split(STATISTICS);
  if (statistics === undefined) return null;
  if (more.length > 0)
    throw new Error(`${name}: the driver printed statistics of ${1 + more.length} shaders, not of one`);
  const value = (title: string) => {
    const line = new RegExp(`^${title}: (\\d+)$`, 'm').exec(statistics);
    if (line) return line[1]!;
    throw new Error(`${name}: the driver printed no line '${title}'; this reads what Mesa 26.1 prints`);
  };
  const blocks = parseBlocks(listing.split(DISASSEMBLY)[1] ?? '');
  if (blocks.length === 0) throw new Error(`${name}: the driver printed no disassembly; set RADV_DEBUG=asm`);
  return {
    hash: value('Driver pipeline hash'),
    vgprs: Number(value('VGPRs')),
    subgroupsPerSimd: Number(value('Subgroups per SIMD')),
    subgroupSize: Number(value('Subgroup size')),
    spilledVgprs: Number(value('Spilled VGPRs')),
    scratchBytes: Number(value('Scratch size')),
    workgroupBytes: Number(value('LDS size')),
    blocks,
  };
}
