import { f16ToF32, f32ToF16Array } from '../float16.ts';
import { defineKernel } from '../kernels/wgsl.ts';
import type { ProbeLaunch } from './launch.ts';

/** Halves to load: both ends of the range, zeros, infinities, NaN, what is not normal, and ordinary ones. */
const LOADED = Uint16Array.of(
  ...[0x0000, 0x8000, 0x3c00, 0xbc00, 0x7bff, 0xfbff, 0x7c00, 0xfc00],
  ...[0x7e00, 0x0400, 0x8400, 0x0001, 0x3555, 0xb555, 0x4248, 0x5640],
);
/** Numbers to store: as above, what rounds, what is too large, and what is too small. */
const STORED = Float32Array.of(
  ...[0, -0, 1, -1, 65504, -65504, Infinity, -Infinity],
  ...[Number.NaN, 65519, 65520, -1e10, 2 ** -14, 1e-7, 1 / 3, -Math.PI],
);
const COUNT = LOADED.length;

interface Variant {
  /** Whether as kernels of matrix units store halves, by the adapter's own conversion. */
  readonly matrixUnits: boolean;
}

const probeKernel = defineKernel(({ matrixUnits }: Variant) => ({
  name: 'probeHalves',
  bindings: [
    { name: 'halves', dtype: 'f16', width: 4, access: 'read' },
    { name: 'single', dtype: 'f16', width: 1, access: 'read' },
    { name: 'numbers', dtype: 'f32', width: 4, access: 'read' },
    { name: 'loaded', dtype: 'f32', width: 4, access: 'write' },
    { name: 'loaded_singly', dtype: 'f32', width: 1, access: 'write' },
    { name: 'stored', dtype: 'f16', width: 4, access: 'write' },
  ],
  params: {},
  workgroup: [COUNT, 1, 1],
  matrixUnits,
  main: `
  store_loaded_singly(lane, load_single(lane));
  if (lane < ${COUNT / 4}u) {
    store_loaded(lane, load_halves(lane));
    store_stored(lane, load_numbers(lane));
  }`,
}));

function wordsOf({ buffer }: Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>) {
  return new Uint32Array(buffer);
}

/** Loads and stores special values by the code that every kernel on f16 has, or that those of matrix units have. */
export function halvesLaunch(variant: Variant): ProbeLaunch {
  return {
    kernel: probeKernel(variant),
    words: [
      wordsOf(LOADED),
      wordsOf(LOADED),
      wordsOf(STORED),
      new Uint32Array(COUNT),
      new Uint32Array(COUNT),
      new Uint32Array(COUNT / 2),
    ],
  };
}

/** What of the results is wrong, in words; null if nothing is. */
export function wrongHalves([, , , loaded, singly, stored]: readonly Uint32Array[]): string | null {
  const values = (bits: Uint32Array) => new Float32Array(bits.slice().buffer);
  return (
    wrongLoad(values(loaded!)) ??
    wrongLoad(values(singly!)) ??
    wrongStore(new Uint16Array(stored!.slice().buffer))
  );
}

function wrongLoad(got: Float32Array): string | null {
  for (const [i, bits] of LOADED.entries()) {
    const wanted = f16ToF32(bits);
    if (!agrees(got[i]!, [wanted])) return `the half ${hex(bits)} is loaded as ${got[i]}, not ${wanted}`;
  }
  return null;
}

function wrongStore(halves: Uint16Array): string | null {
  for (const [i, value] of STORED.entries()) {
    if (!agrees(f16ToF32(halves[i]!), neighboursOf(value)))
      return `${value} is stored as the half ${hex(halves[i]!)}`;
  }
  return null;
}

/** The halves that a number may be rounded to: WGSL leaves the direction open. Beyond the range our own code rounds. */
function neighboursOf(value: number): number[] {
  const nearest = new Uint16Array(1);
  f32ToF16Array([value], nearest);
  const bits = nearest[0]!;
  if (!Number.isFinite(value) || Math.abs(value) > 65504 || f16ToF32(bits) === value) return [f16ToF32(bits)];
  const beside = Math.abs(f16ToF32(bits)) > Math.abs(value) ? bits - 1 : bits + 1;
  return [f16ToF32(bits), f16ToF32(beside)];
}

/** What is not normal may be taken for 0. */
function agrees(got: number, wanted: readonly number[]): boolean {
  return wanted.some(
    (value) =>
      got === value ||
      (Number.isNaN(got) && Number.isNaN(value)) ||
      (got === 0 && Math.abs(value) < 2 ** -14),
  );
}

function hex(bits: number): string {
  return `0x${bits.toString(16).padStart(4, '0')}`;
}
