import { describe, expect, test } from 'vitest';
import { spacedTimesteps } from '../../src/schedulers/timesteps.ts';

describe("'trailing' spacing", () => {
  test("rounds halves where numpy.arange puts them: diffusers' 48 steps", () => {
    const steps = spacedTimesteps('trailing', 48, 1000, 0);
    // diffusers 0.38, DDIMScheduler(timestep_spacing='trailing').set_timesteps(48)
    expect([...steps.slice(0, 12), ...steps.slice(-3)]).toEqual([
      999, 978, 957, 936, 916, 895, 874, 853, 832, 811, 791, 770, 61, 41, 20,
    ]);
  });

  test('has as many steps as were asked for, and no step before the first of training', () => {
    for (let count = 1; count <= 1000; count++) {
      const steps = spacedTimesteps('trailing', count, 1000, 0);
      expect(steps.length).toBe(count);
      expect(steps[0]).toBe(999);
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
      expect(new Set(steps).size).toBe(count);
    }
  });
});
