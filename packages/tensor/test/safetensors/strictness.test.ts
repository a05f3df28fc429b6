import { expect, test } from 'vitest';
import { openSafetensors, SafetensorsError } from '../../src/safetensors/index.ts';
import { fileOf, fromBase64, readJson } from './files.ts';

interface Probe {
  readonly name: string;
  readonly verdict: 'accept' | 'reject';
  readonly file: string;
}

/** Whether the reader takes the file; anything thrown that is not a SafetensorsError fails the test. */
async function accepts(file: Uint8Array): Promise<boolean> {
  try {
    await openSafetensors(file);
    return true;
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    return false;
  }
}

const { probes } = readJson<{ probes: Probe[] }>('safetensors_probes.json');

test.each(probes)('probe "$name": $verdict', async ({ verdict, file }) => {
  expect(await accepts(fromBase64(file))).toBe(verdict === 'accept');
});

interface Verdicts {
  readonly probes: readonly { name: string; header: string; dataLength: number; accepted: boolean }[];
  readonly header: string;
  readonly dataLength: number;
  readonly replaced: string;
  readonly inserted: string;
  readonly deleted: string;
}

const verdicts = readJson<Verdicts>('safetensors_verdicts.json');
// What the probes leave out.
test.each(verdicts.probes)('$name: $accepted', async ({ header, dataLength, accepted }) => {
  expect(await accepts(fileOf(header, dataLength))).toBe(accepted);
});

const TENSOR = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';

// Stricter than the reference, on purpose: see parseHeader.
test.each([
  ['a tensor as an array', '{"a":["F32",[2],[0,8]]}', 8],
  ['a dtype as an object', '{"a":{"dtype":{"F32":null},"shape":[2],"data_offsets":[0,8]}}', 8],
  ['an extent beyond 2^53', '{"a":{"dtype":"F32","shape":[0,18446744073709551615],"data_offsets":[0,0]}}', 0],
] as const)('refuses %s', async (_, header, dataLength) => {
  expect(await accepts(fileOf(header, dataLength))).toBe(false);
});

test('every truncation of a file is refused', async () => {
  const whole = fileOf(`{"a":{${TENSOR}}}`, 8);
  expect(await accepts(whole)).toBe(true);
  for (let length = 0; length < whole.length; length++) {
    expect(await accepts(whole.subarray(0, length)), `${length} bytes`).toBe(false);
  }
});

test('the longest header allowed is read, and hostile ones end soon', async () => {
  const pad = (text: string) => text.padEnd(5_000_000, ' ');
  expect(await accepts(fileOf(pad('{}')))).toBe(true);
  expect(await accepts(fileOf(`{"a":${'9'.repeat(5_000_000)}`))).toBe(false);
  expect(await accepts(fileOf(`{"a":{"shape":[${'9'.repeat(5_000_000)}`))).toBe(false);
  expect(await accepts(fileOf(`{"${'a'.repeat(5_000_000)}`))).toBe(false);
  expect(await accepts(fileOf('['.repeat(5_000_000)))).toBe(false);
  expect(await accepts(fileOf(`{"a":{"shape":[${'1,'.repeat(2_000_000)}`))).toBe(false);
});

const base = fromBase64(verdicts.header);

/** Compares verdicts on `changes` with the reference's, packed eight to a byte; the failures are listed. */
async function compare(packed: string, changes: Iterable<[what: string, file: Uint8Array]>) {
  const bits = fromBase64(packed);
  const differ: string[] = [];
  let i = 0;
  for (const [what, file] of changes) {
    const expected = ((bits[i >> 3]! >> (i & 7)) & 1) === 1;
    if ((await accepts(file)) !== expected)
      differ.push(`${what}: the reference ${expected ? 'accepts' : 'rejects'} it`);
    i++;
  }
  expect(Math.ceil(i / 8)).toBe(bits.length);
  expect(differ).toEqual([]);
}

test('agrees with the reference on every file that differs in one byte', async () => {
  const file = fileOf(base, verdicts.dataLength);
  function* changes(): Iterable<[string, Uint8Array]> {
    for (let p = 0; p < 8 + base.length; p++) {
      for (let b = 0; b < 256; b++) yield [`byte ${p} = ${b}`, file.with(p, b)];
    }
  }
  await compare(verdicts.replaced, changes());
});

test('agrees with the reference on every header with one more byte', async () => {
  const spliced = (p: number, b: number) => Uint8Array.of(...base.subarray(0, p), b, ...base.subarray(p));
  function* changes(): Iterable<[string, Uint8Array]> {
    for (let p = 0; p <= base.length; p++) {
      for (let b = 0; b < 256; b++) yield [`${b} before ${p}`, fileOf(spliced(p, b), verdicts.dataLength)];
    }
  }
  await compare(verdicts.inserted, changes());
});

test('agrees with the reference on every header with a piece cut out', async () => {
  function* changes(): Iterable<[string, Uint8Array]> {
    for (let p = 0; p < base.length; p++) {
      for (let q = p + 1; q <= base.length; q++) {
        const cut = Uint8Array.of(...base.subarray(0, p), ...base.subarray(q));
        yield [`bytes ${p} to ${q}`, fileOf(cut, verdicts.dataLength)];
      }
    }
  }
  await compare(verdicts.deleted, changes());
});
