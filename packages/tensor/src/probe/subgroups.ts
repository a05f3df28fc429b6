import type { KnownSubgroup } from '../gpu/facts.ts';
import { defineKernel } from '../kernels/wgsl.ts';
import type { ProbeLaunch } from './launch.ts';

const MOST_LANES = 256;
const MOST_TEAMS = 4;

/** What each lane writes, in order, and what it is called in a sentence. */
const RESULTS = [
  'subgroup_size',
  'subgroup_invocation_id',
  'subgroupAdd of f32',
  'subgroupAdd of u32',
  'subgroupMax',
  'subgroupMin',
  'subgroupBroadcast of every lane',
  'subgroupShuffleXor by every power of two',
] as const;

/** Subgroups of the probe's workgroup: several, because kernels take them to hold consecutive lanes. */
function teamsOf({ size }: KnownSubgroup): number {
  return Math.max(1, Math.min(MOST_TEAMS, Math.floor(MOST_LANES / size)));
}

const probeKernel = defineKernel(({ size, pin, teams }: KnownSubgroup & { readonly teams: number }) => {
  const masks = masksOf(size).map((mask) => `hash = hash * 31u + subgroupShuffleXor(value, ${mask}u);`);
  const broadcasts = lanesOf(size).map((i) => `hash = hash * 31u + subgroupBroadcast(value, ${i}u);`);
  return {
    name: 'probeSubgroups',
    bindings: [
      { name: 'values', dtype: 'u32', width: 1, access: 'read' },
      { name: 'results', dtype: 'u32', width: 1, access: 'write' },
    ],
    params: {},
    workgroup: [size * teams, 1, 1],
    subgroups: true,
    subgroupSize: pin,
    main: `
  let value = load_values(lane);
  let at = lane * ${RESULTS.length}u;
  store_results(at, subgroup_size);
  store_results(at + 1u, subgroup_lane);
  store_results(at + 2u, bitcast<u32>(subgroupAdd(f32(value))));
  store_results(at + 3u, subgroupAdd(value));
  store_results(at + 4u, bitcast<u32>(subgroupMax(f32(value))));
  store_results(at + 5u, subgroupMin(value));
  var hash = subgroupBroadcastFirst(value);
  ${broadcasts.join('\n  ')}
  store_results(at + 6u, hash);
  hash = 0u;
  ${masks.join('\n  ')}
  store_results(at + 7u, hash);`,
  };
});

function lanesOf(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

function masksOf(size: number): number[] {
  return Array.from({ length: Math.log2(size) }, (_, i) => 2 ** i);
}

/** Small, and different in every lane. */
function numberIn(lane: number): number {
  return 3 + ((lane * 7) % 1021);
}

/** Asks every lane of several subgroups for what the kernels use subgroups for. */
export function subgroupLaunch(subgroup: KnownSubgroup): ProbeLaunch {
  const teams = teamsOf(subgroup);
  const lanes = subgroup.size * teams;
  return {
    kernel: probeKernel({ size: subgroup.size, pin: subgroup.pin, teams }),
    words: [
      Uint32Array.from({ length: lanes }, (_, lane) => numberIn(lane)),
      new Uint32Array(lanes * RESULTS.length),
    ],
  };
}

/** What of the results is wrong, in words; null if nothing is. */
export function wrongSubgroups(subgroup: KnownSubgroup, [, results]: readonly Uint32Array[]): string | null {
  const { size } = subgroup;
  for (let lane = 0; lane < size * teamsOf(subgroup); lane++) {
    const expected = expectedOf(size, lane);
    const wrong = expected.findIndex((value, i) => results![lane * RESULTS.length + i] !== value);
    if (wrong >= 0) {
      const [got, wanted] = [results![lane * RESULTS.length + wrong]!, expected[wrong]!];
      const inWords = (bits: number) =>
        RESULTS[wrong]!.startsWith('subgroup_') ? bits : numberOf(wrong, bits);
      return `${RESULTS[wrong]} in subgroups of ${size} is ${inWords(got)} in lane ${lane}, not ${inWords(wanted)}`;
    }
  }
  return null;
}

function expectedOf(size: number, lane: number): number[] {
  const own = lane % size;
  const team = lanesOf(size).map((i) => numberIn(lane - own + i));
  const sum = team.reduce((total, value) => total + value, 0);
  const hashed = (values: readonly number[], start: number) =>
    values.reduce((hash, value) => (Math.imul(hash, 31) + value) >>> 0, start);
  return [
    size,
    own,
    bitsOf(sum),
    sum,
    bitsOf(Math.max(...team)),
    Math.min(...team),
    hashed(team, team[0]!),
    hashed(
      masksOf(size).map((mask) => team[own ^ mask]!),
      0,
    ),
  ];
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

function bitsOf(value: number): number {
  real[0] = value;
  return word[0]!;
}

/** Results 2 and 4 are the bits of an f32. */
function numberOf(result: number, bits: number): number {
  if (result !== 2 && result !== 4) return bits;
  word[0] = bits;
  return real[0]!;
}
