import { platform } from '#platform';
import { type Fault, factsWithout, findFaults, LostInProbe } from '../probe/probe.ts';
import type { AdapterChoice } from './adapter.ts';
import type { AdapterFacts } from './facts.ts';
import { MATRIX_FEATURE, matrixUnitOf } from './matrixUnits.ts';

/** A device, and what is known of its adapter. */
export interface OpenedAdapter {
  readonly gpu: GPUDevice;
  readonly name: string;
  readonly software: boolean;
  /** Without what the adapter computes wrongly. */
  readonly facts: AdapterFacts;
  readonly faults: readonly Fault[];
}

/** Lets a kernel choose the size of its subgroups; not yet in the types. */
const SIZE_CONTROL_FEATURE = 'subgroup-size-control' as GPUFeatureName;
const WANTED_FEATURES: readonly GPUFeatureName[] = [
  'shader-f16',
  'subgroups',
  'timestamp-query',
  MATRIX_FEATURE,
  SIZE_CONTROL_FEATURE,
];

/** Limits where less is better. */
const ALIGNMENTS = new Set(['minUniformBufferOffsetAlignment', 'minStorageBufferOffsetAlignment']);
const UNIFORM_ALIGNMENT = 256;

function everyLimit(adapter: GPUAdapter): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number' && !ALIGNMENTS.has(name)) limits[name] = value;
  }
  limits.minUniformBufferOffsetAlignment = UNIFORM_ALIGNMENT;
  return limits;
}

function factsOf(adapter: GPUAdapter, name: string, software: boolean): AdapterFacts {
  const { vendor, architecture, subgroupMinSize = 0, subgroupMaxSize = 0 } = adapter.info;
  const subgroups = adapter.features.has('subgroups');
  return {
    name,
    vendor,
    architecture,
    software,
    subgroupMinSize: subgroups ? subgroupMinSize : 0,
    subgroupMaxSize: subgroups ? subgroupMaxSize : 0,
    subgroupSizeControl: subgroups && adapter.features.has(SIZE_CONTROL_FEATURE),
    matrixUnit: matrixUnitOf(adapter),
  };
}

/**
 * Opens a device with every limit and every wanted feature that the adapter has. With `probe` it is checked first; an
 * adapter that takes the device away meanwhile is opened again without the feature that was tried.
 * @throws NoAdapterError if there is no such adapter; DeviceLostError if the check ends the device for another reason
 */
export async function openAdapter(choice: AdapterChoice, probe: boolean): Promise<OpenedAdapter> {
  const ended: Fault[] = [];
  for (;;) {
    const { adapter, software, name } = await platform.findAdapter(choice);
    const reported = factsWithout(factsOf(adapter, name, software), ended);
    const gpu = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter(
        (feature) => adapter.features.has(feature) && !lacks(ended, feature),
      ),
      requiredLimits: everyLimit(adapter),
    });
    try {
      const faults = [...ended, ...(probe ? await findFaults(gpu, reported) : [])];
      return { gpu, name, software, facts: factsWithout(reported, faults), faults };
    } catch (error) {
      gpu.destroy();
      if (!(error instanceof LostInProbe) || lacks(ended, error.fault.feature)) throw error;
      ended.push(error.fault);
    }
  }
}

/** Whether a feature was given up, or one that it builds on. */
function lacks(faults: readonly Fault[], feature: string): boolean {
  const builtOn =
    feature === MATRIX_FEATURE || feature === SIZE_CONTROL_FEATURE ? ['subgroups', feature] : [feature];
  return faults.some((fault) => builtOn.includes(fault.feature));
}
