import type { Draw, LatentDraws } from '../draws.ts';
import { type TimestepOptions, timestepRange } from '../options.ts';
import type { Problem } from './editor.ts';

/**
 * Draws timesteps uniformly, each before its noise.
 * @throws OptionError if the range holds no timestep of the model
 */
export function uniformTimesteps(
  options: TimestepOptions,
  { schedule }: Problem,
): (draws: LatentDraws) => Draw {
  const range = timestepRange(options, schedule.length);
  return (draws) => draws.next(range);
}
