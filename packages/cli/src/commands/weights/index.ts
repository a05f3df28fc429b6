import { baseCommand } from '../../options/baseCommand.ts';
import type { Services } from '../../services.ts';
import { convertCommand } from './convert.ts';
import { inspectCommand } from './inspect.ts';
import { pullCommand } from './pull.ts';

/** `lusd weights`: get, look at and convert weights. */
export function weightsCommand(services: Services) {
  return baseCommand('weights', 'get, look at and convert weights')
    .addCommand(pullCommand(services))
    .addCommand(inspectCommand(services))
    .addCommand(convertCommand(services));
}
