import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import {
  configFolderOption,
  predictionTypeOption,
  vaeOption,
  variantOption,
} from '../../options/checkpointOptions.ts';
import { openLog, type Services } from '../../services.ts';
import { CliError } from '../../ui/errors.ts';
import { bytesOf, type ComponentReport, inspectCheckpoint } from '../../weights/inspect.ts';
import { type CheckpointFlags, openNamedCheckpoint } from '../../weights/locate.ts';
import { formatBytes } from '../../weights/manifests.ts';

interface InspectFlags extends CommonOptions, Omit<CheckpointFlags, 'weights'> {
  readonly tensors?: true | undefined;
}

/** `lusd weights inspect`: the content of weight files, and what is missing. */
export function inspectCommand(services: Services) {
  return baseCommand('inspect', 'list the components, tensors and dtypes of weights, and what is missing')
    .argument('<weights>', 'a diffusers folder, a .safetensors file, or the name of pulled weights')
    .option('--tensors', 'list every tensor')
    .addOption(vaeOption())
    .addOption(configFolderOption())
    .addOption(predictionTypeOption())
    .addOption(variantOption())
    .action((weights, options) => inspect(services, weights, options));
}

async function inspect(services: Services, weights: string, options: InspectFlags): Promise<void> {
  const log = openLog(services, options);
  const checkpoint = await openNamedCheckpoint({ ...options, weights });
  const { components, otherProblems } = inspectCheckpoint(checkpoint);
  for (const report of components) {
    const { stateDict, ...data } = report;
    const tensors = [...stateDict].map(([name, source]) => ({
      name,
      dtype: source.dtype,
      shape: source.shape,
      bytes: bytesOf(source),
    }));
    const lines = tensors.map(({ name, dtype, shape }) => `  ${name} ${dtype} [${shape.join(', ')}]`);
    const listed = options.tensors ? ['', ...lines].join('\n') : '';
    log.result(options.tensors ? { ...data, tensors } : data, describe(report) + listed);
  }
  for (const note of checkpoint.notes) log.warn(note);
  for (const problem of otherProblems) log.result({ problem }, problem);
  const isBroken = otherProblems.length > 0 || components.some(({ problem }) => problem !== null);
  if (isBroken)
    throw new CliError(
      `${checkpoint.name} cannot be loaded as Stable Diffusion; the report above lists what is missing`,
    );
}

function describe({ name, tensors, parameters, bytes, dtypes, problem }: ComponentReport): string {
  const kinds = Object.entries(dtypes).map(([dtype, count]) => `${count} ${dtype}`);
  const facts = `${name}: ${tensors} tensors (${kinds.join(', ')}), ${(parameters / 1e6).toFixed(1)} M parameters, ${formatBytes(bytes)}`;
  return problem === null ? `${facts}, complete` : `${facts}\n  ${problem}`;
}
