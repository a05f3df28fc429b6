import { Command } from '@commander-js/extra-typings';
import type { Services } from '../../services.ts';
import { convertCommand } from './convert.ts';
import { inspectCommand } from './inspect.ts';
import { pullCommand } from './pull.ts';

/** `lusd weights`: download, inspect and convert weights. */
export function weightsCommand(services: Services) {
  // Without options of its own: it would take those of the commands below it.
  return new Command('weights')
    .description('download, inspect and convert weights')
    .exitOverride()
    .showSuggestionAfterError()
    .addCommand(pullCommand(services))
    .addCommand(inspectCommand(services))
    .addCommand(convertCommand(services));
}
