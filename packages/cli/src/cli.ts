import { Command } from '@commander-js/extra-typings';
import { CommanderError, type OutputConfiguration } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { compareCommand } from './commands/compare.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { editCommand } from './commands/edit.ts';
import { evalCommand } from './commands/eval.ts';
import { generateCommand } from './commands/generate.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { studioCommand } from './commands/studio.ts';
import { studyCommand } from './commands/study/index.ts';
import { weightsCommand } from './commands/weights/index.ts';
import { openLog, type Services } from './services.ts';
import { exitCodeOf, UsageError } from './ui/errors.ts';

const DESCRIPTION =
  'Edit pictures by describing what they show and what they should show (LUSD, arXiv 2503.11054).';

function createProgram(services: Services, version: string) {
  const { stdout, stderr } = services;
  const program = new Command('lusd')
    .description(DESCRIPTION)
    .version(version)
    .exitOverride()
    .addCommand(editCommand(services))
    .addCommand(runCommand(services))
    .addCommand(replayCommand(services))
    .addCommand(generateCommand(services))
    .addCommand(evalCommand(services, version))
    .addCommand(compareCommand(services))
    .addCommand(studyCommand(services))
    .addCommand(reportCommand(services))
    .addCommand(weightsCommand(services))
    .addCommand(doctorCommand(services, version))
    .addCommand(benchCommand(services))
    .addCommand(demoCommand(services))
    .addCommand(studioCommand(services));
  configureOutputs(program, {
    writeOut: (text: string) => void stdout.write(text),
    writeErr: (text: string) => void stderr.write(text),
    // The log reports errors; commander must not repeat them.
    outputError: () => {},
  });
  return program;
}

interface CommandTree {
  readonly commands: readonly CommandTree[];
  configureOutput(configuration: OutputConfiguration): unknown;
}

function configureOutputs(command: CommandTree, configuration: OutputConfiguration): void {
  command.configureOutput(configuration);
  for (const child of command.commands) configureOutputs(child, configuration);
}

/**
 * Runs the command line.
 * @param argv without Node and the script
 * @returns the exit code: 0 for success, 1 for an error, 2 for wrong usage, 128 + n for signal n
 */
export async function runCli(argv: readonly string[], services: Services, version: string): Promise<number> {
  try {
    await createProgram(services, version).parseAsync(argv.map(dashedFlag), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help and --version
    const shown = error instanceof CommanderError ? usageError(error) : error;
    const flag = (name: '--json' | '--debug') => (argv.includes(name) ? true : undefined);
    openLog(services, { json: flag('--json'), debug: flag('--debug') }).error(shown);
    return exitCodeOf(shown);
  }
}

/** The released program writes its flags with underscores: `--num_steps` is `--num-steps`. */
function dashedFlag(argument: string): string {
  return argument.replace(/^--[a-z]+(?:_[a-z]+)+(?==|$)/, (flag) => flag.replaceAll('_', '-'));
}

function usageError(error: CommanderError): UsageError {
  const isHelp = error.code === 'commander.help';
  const message = isHelp
    ? 'a command is missing'
    : error.message
        .replace(/^error: /, '')
        .replace(/\. (it must|Allowed choices)/, (_, reason: string) => `: ${reason.toLowerCase()}`)
        .replace(/\.?\s*$/, '');
  return new UsageError(`${message.replace(/\n/g, ' ')}; see --help`, { cause: error });
}
