import { platform } from '#platform';
import { DeviceLostError } from '../errors.ts';
import { type AdapterFacts, type KnownSubgroup, knownSubgroup, matrixSubgroup } from '../gpu/facts.ts';
import { MATRIX_FEATURE } from '../gpu/matrixUnits.ts';
import { halvesLaunch, wrongHalves } from './halves.ts';
import { type ProbeLaunch, type ProbeOutcome, runProbes } from './launch.ts';
import { matrixLaunch, wrongProduct } from './matrixUnit.ts';
import { isKnownSound, rememberSound } from './soundAdapters.ts';
import { subgroupLaunch, wrongSubgroups } from './subgroups.ts';

/** Increased when the probes ask for more than before, so that adapters are asked again. */
const VERSION = 2;

/** Something that an adapter says it has, and that gives wrong results. */
export interface Fault {
  /** The WebGPU feature that is not used because of it. */
  readonly feature: string;
  /** What was seen, in words. */
  readonly symptom: string;
}

/** The device went away while a feature was tried, which may have been the reason. */
export class LostInProbe extends DeviceLostError {
  constructor(
    adapter: string,
    readonly fault: Fault,
    cause: unknown,
  ) {
    super(
      `openDevice: ${adapter} stopped while it was checked (${cause}); update its driver, or choose another adapter`,
      { cause },
    );
  }
}

/**
 * Whether what kernels rely on gives right results: subgroups, matrix units, and halves in storage. Drivers were seen
 * that report subgroups of 32 and add up 16 lanes of them. An adapter without faults is remembered with its driver's
 * version; one with faults is asked at every start, so that nothing is given up for good by mistake.
 * @throws LostInProbe if the adapter takes the device away meanwhile
 */
export async function findFaults(gpu: GPUDevice, facts: AdapterFacts): Promise<Fault[]> {
  const asked = { ofLines: knownSubgroup(facts), ofUnits: matrixSubgroup(facts) };
  const key = JSON.stringify([VERSION, platform.webgpu(), facts, [...gpu.features].sort(), asked]);
  if (await isKnownSound(key)) return [];
  const faults = await probe(gpu, facts, asked);
  if (faults.length === 0) await rememberSound(key);
  return faults;
}

/** Subgroups that kernels count on: those that share a line, and those that multiply in matrix units. */
interface Asked {
  readonly ofLines: KnownSubgroup | null;
  readonly ofUnits: KnownSubgroup | null;
}

async function probe(gpu: GPUDevice, facts: AdapterFacts, { ofLines, ofUnits }: Asked): Promise<Fault[]> {
  const subgroups = [ofLines, ofUnits?.size === ofLines?.size ? null : ofUnits].filter(
    (known) => known !== null,
  );
  const run = (feature: string, launches: readonly ProbeLaunch[]) =>
    runProbes(gpu, launches, facts.software).catch((cause: unknown) => {
      throw new LostInProbe(facts.name, { feature, symptom: `the device is lost (${cause})` }, cause);
    });
  const first = subgroups.length > 0 ? 'subgroups' : 'shader-f16';
  const [halves, ...outcomes] = await run(first, [
    halvesLaunch({ matrixUnits: false }),
    ...subgroups.map(subgroupLaunch),
  ]);
  const wrong = subgroups.map((subgroup, i) =>
    faultOf('subgroups', outcomes[i], (words) => wrongSubgroups(subgroup, words)),
  );
  const faults = [faultOf('shader-f16', halves, wrongHalves), wrong.find(Boolean) ?? null];
  // Apart: where subgroups are wrong, a driver may crash on what is made of them.
  const { matrixUnit } = facts;
  if (ofUnits && matrixUnit && !faults.some(Boolean)) {
    const [product, converted] = await run(MATRIX_FEATURE, [
      matrixLaunch(matrixUnit, ofUnits),
      halvesLaunch({ matrixUnits: true }),
    ]);
    faults.push(
      faultOf(MATRIX_FEATURE, product, (words) => wrongProduct(matrixUnit, words)) ??
        faultOf(MATRIX_FEATURE, converted, wrongHalves),
    );
  }
  return faults.filter((fault) => fault !== null);
}

function faultOf(
  feature: string,
  outcome: ProbeOutcome | undefined,
  verdict: (words: readonly Uint32Array[]) => string | null,
): Fault | null {
  const symptom =
    outcome instanceof Error
      ? `its kernel does not compile (${outcome.message.split('\n', 1)[0]})`
      : outcome
        ? verdict(outcome)
        : null;
  return symptom === null ? null : { feature, symptom };
}

/** The facts without what has a fault: kernels without it are chosen then. */
export function factsWithout(facts: AdapterFacts, faults: readonly Fault[]): AdapterFacts {
  const lacks = (feature: string) => faults.some((fault) => fault.feature === feature);
  const sizes = lacks('subgroups')
    ? { subgroupMinSize: 0, subgroupMaxSize: 0, subgroupSizeControl: false }
    : {};
  return { ...facts, ...sizes, matrixUnit: faults.length > 0 ? null : facts.matrixUnit };
}

const CONSEQUENCES: Readonly<Record<string, string>> = {
  subgroups: 'subgroups are not used, which is slower',
  'shader-f16': "f16 is not chosen for 'auto', and gives wrong results where it is asked for",
  [MATRIX_FEATURE]: 'matrix units are not used, which is slower',
};

/** A fault and what follows from it, as one sentence. */
export function describeFault(name: string, { feature, symptom }: Fault): string {
  return `${name} computes wrongly: ${symptom}; ${CONSEQUENCES[feature]}; update its driver`;
}
