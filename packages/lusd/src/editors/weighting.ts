import type { NoiseSchedule } from '@lusd/sd-models';
import * as v from 'valibot';

/** The weight w(t) of a direction, by threestudio's names: 1, 1 - abar_t, or sqrt(abar_t) (1 - abar_t). */
export type Weighting = 'uniform' | 'sds' | 'fantasia3d';

export const weightingEntry = v.picklist(
  ['uniform', 'sds', 'fantasia3d'],
  "must be 'uniform', 'sds' or 'fantasia3d'",
);

/** w(t). Reference: `weighting_strategy` of threestudio's guidances. */
export function weightAt(weighting: Weighting, schedule: NoiseSchedule, timestep: number): number {
  const abar = schedule.alphaCumprod(timestep);
  switch (weighting) {
    case 'uniform':
      return 1;
    case 'sds':
      return 1 - abar;
    case 'fantasia3d':
      return Math.sqrt(abar) * (1 - abar);
  }
}
