import type { Device } from '@lusd/tensor';
import { openQuietly } from '../device.ts';
import { describeError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import { formatBytes } from '../weights/manifests.ts';
import { nvidiaRemedies } from './nvidia.ts';
import type { Section } from './section.ts';

const FEATURES: Readonly<Record<string, string>> = {
  subgroups: 'reductions are slower without it; a newer driver may support it',
  'timestamp-query': 'kernels cannot be timed (only profiling needs it)',
};

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
] as const;

/** The adapter that would be used, what it can do and what it lacks. */
export async function gpuSection(adapter: string, log: Log): Promise<Section> {
  try {
    const device = await openQuietly(adapter, log);
    try {
      return deviceSection(device);
    } finally {
      device.destroy();
    }
  } catch (error) {
    const missing = [describeError(error), ...nvidiaRemedies()];
    return { title: 'Adapter', data: { adapter: null }, lines: [['adapter', 'none']], missing };
  }
}

function deviceSection({ facts, features, limits, faults, webgpu, tuning }: Device): Section {
  const limitValues = Object.fromEntries(LIMITS.map((name) => [name, limits[name]]));
  const optional = Object.keys(FEATURES);
  const unit = facts.matrixUnit;
  return {
    title: 'Adapter',
    data: {
      adapter: facts,
      products: tuning.description,
      webgpu,
      faults,
      features: [...features].sort(),
      limits: limitValues,
    },
    lines: [
      ['adapter', facts.name],
      ['vendor', facts.vendor || 'unknown'],
      ['architecture', facts.architecture || 'unknown'],
      ['kind', facts.software ? 'software' : 'GPU'],
      ['WebGPU', webgpu],
      ...faults.map((fault) => ['fault', fault] as const),
      ['subgroup', facts.subgroupMaxSize ? `${facts.subgroupMinSize} to ${facts.subgroupMaxSize}` : 'none'],
      ...optional.map((name) => [name, features.has(name) ? 'yes' : 'no'] as const),
      ['matrix units', unit ? `f16 ${unit.m} x ${unit.n} x ${unit.k}` : 'none'],
      ['products', tuning.description],
      ...LIMITS.map(
        (name) => [name, name.endsWith('Size') ? formatBytes(limits[name]) : `${limits[name]}`] as const,
      ),
    ],
    missing: [
      ...(facts.software
        ? [
            'a GPU: install its driver with Vulkan (on Linux, check with vulkaninfo); the software adapter works, but is slow',
            ...nvidiaRemedies(),
          ]
        : []),
      ...optional.filter((name) => !features.has(name)).map((name) => `${name}: ${FEATURES[name]}`),
    ],
  };
}
