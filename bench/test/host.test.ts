import { isThorough } from '@lusd/testing/thorough';
import { beforeAll, describe, expect, test } from 'vitest';
import { hostProcess, measureHostCost } from '../src/host/command.ts';
import type { HostCost } from '../src/host/protocol.ts';

const SETUP_MS = 600_000;
const GB = 1e9;

describe.runIf(isThorough)(
  'a full-size Stable Diffusion 1.5 in f16 on an AMD GPU that computes nothing',
  () => {
    let cost: HostCost | string;
    beforeAll(async () => {
      const process = await hostProcess().catch((error: Error) => error.message);
      cost = typeof process === 'string' ? process : await measureHostCost(process);
    }, SETUP_MS);

    test('a UNet call takes at most 400 launches', ({ skip }) => {
      if (typeof cost === 'string') return skip(cost);
      const total = cost.launches.reduce((sum, { count }) => sum + count, 0);
      expect(total).toBeGreaterThan(100);
      expect(total).toBeLessThanOrEqual(400);
    });

    test('an edit holds less than 3 GB at 512, 4 at 768 and 5.5 at 1024 pixels', ({ skip }) => {
      if (typeof cost === 'string') return skip(cost);
      const most = new Map([
        [512, 3],
        [768, 4],
        [1024, 5.5],
      ]);
      expect(cost.edits.map(({ side }) => side)).toEqual([...most.keys()]);
      for (const { side, peakBytes } of cost.edits) {
        expect(peakBytes, `${side}`).toBeGreaterThan(2 * GB);
        expect(peakBytes, `${side}`).toBeLessThan(most.get(side)! * GB);
      }
    });
  },
);
