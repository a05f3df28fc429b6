import { expect, test } from 'vitest';
import { buffersOf } from '../src/engine/server/buffersOf.ts';
import { decodeEvent, type EditEvent, encodeEvent } from '../src/session/index.ts';

const image = { width: 2, height: 1, data: Uint8Array.from({ length: 6 }, (_, i) => 40 * i) };
const mask = { width: 1, height: 1, data: new Uint8Array([9]) };
const EVENTS: EditEvent[] = [
  {
    ...{ kind: 'started', source: image, numSteps: 3, words: ['heart'] },
    unread: { source: null, target: null, negative: null },
  },
  { kind: 'step', iteration: 0, attempts: 1, timestep: 500, std: null, threshold: 0.1, seconds: 1 },
  { kind: 'preview', iteration: 0, image, mask },
  { kind: 'preview', iteration: 0, image, mask: null },
  { kind: 'done', image, trajectory: new Uint8Array(100_000).fill(7) },
  { kind: 'stopped' },
];

/** Bytes of the pictures, masks and files in an event that are still there. */
function bytesIn(event: object): number {
  return Object.values(event).reduce<number>((sum, value: unknown) => {
    if (value instanceof Uint8Array) return sum + value.length;
    return typeof value === 'object' && value !== null ? sum + bytesIn(value) : sum;
  }, 0);
}

test.each(EVENTS)('an event of kind $kind arrives whole, and what it held is not copied', (event) => {
  const read = decodeEvent(encodeEvent(event));
  expect(structuredClone(read, { transfer: buffersOf(read) as ArrayBuffer[] })).toEqual(event);
  expect(bytesIn(read)).toBe(0);
});
