import { Command } from '@commander-js/extra-typings';
import type { Services } from '../../services.ts';
import { makeCommand } from './make.ts';
import { sharesCommand } from './shares.ts';

/** `lusd study`: people compare results of two methods. */
export function studyCommand(services: Services) {
  // Without options of its own: it would take those of the commands below it.
  return new Command('study')
    .description('let people compare results of methods, side by side and blind')
    .exitOverride()
    .showSuggestionAfterError()
    .addCommand(makeCommand(services))
    .addCommand(sharesCommand(services));
}
