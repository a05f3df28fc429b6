import { Command } from '@commander-js/extra-typings';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: true | undefined;
  readonly debug?: true | undefined;
}

/** A command with the shared options; wrong usage throws a CommanderError. */
export function baseCommand(name: string, description: string) {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
    .option('--json', 'one JSON object a line on stdout, for machines')
    .option('--debug', 'show the stack of an error');
}
