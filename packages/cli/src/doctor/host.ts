import { arch, cpus, freemem, release, totalmem, type } from 'node:os';
import { formatBytes } from '../weights/manifests.ts';
import type { Section } from './section.ts';

/** The machine, apart from its GPU. */
export function hostSection(version: string): Section {
  const [total, free] = [totalmem(), freemem()];
  const cores = cpus();
  const processor = `${cores.length} x ${cores[0]?.model.trim() ?? 'unknown'}`;
  const system = `${type()} ${release()} ${arch()}`;
  return {
    title: 'Machine',
    data: { lusd: version, node: process.version, system, processor, memory: { total, free } },
    lines: [
      ['lusd', version],
      ['Node', process.version],
      ['system', system],
      ['processor', processor],
      ['memory', `${formatBytes(total)}, ${formatBytes(free)} free`],
    ],
    missing: [],
  };
}
