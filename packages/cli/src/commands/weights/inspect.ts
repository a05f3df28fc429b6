import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import { openLog, type Services } from '../../services.ts';
import { CliError } from '../../ui/errors.ts';
import { bytesOf, type ComponentReport, inspectWeights } from '../../weights/inspect.ts';
import { locateWeights } from '../../weights/locate.ts';
import { formatBytes } from '../../weights/manifests.ts';

/** `lusd weights inspect`: what files hold, and what they would lack. */
export function inspectCommand(services: Services) {
  return baseCommand('inspect', 'say which components, tensors and dtypes weights hold, and what is missing')
    .argument('<weights>', 'a diffusers folder, a .safetensors file, or a name that was pulled')
    .option('--tensors', 'list every tensor')
    .action((weights, options) => inspect(services, weights, options));
}

async function inspect(
  services: Services,
  weights: string,
  options: CommonOptions & { readonly tensors?: true | undefined },
): Promise<void> {
  const log = openLog(services, options);
  // The tokenizer does not matter here, so that a single file needs no other folder.
  const { path } = await locateWeights(weights, '.');
  const { components, otherProblems } = await inspectWeights(path);
  for (const report of components) {
    const { checkpoint, ...data } = report;
    const tensors = [...checkpoint].map(([name, source]) => ({
      name,
      dtype: source.dtype,
      shape: source.shape,
      bytes: bytesOf(source),
    }));
    const lines = tensors.map(({ name, dtype, shape }) => `  ${name} ${dtype} [${shape.join(', ')}]`);
    const listed = options.tensors ? ['', ...lines].join('\n') : '';
    log.result(options.tensors ? { ...data, tensors } : data, describe(report) + listed);
  }
  for (const problem of otherProblems) log.result({ problem }, problem);
  const isBroken = otherProblems.length > 0 || components.some(({ problem }) => problem !== null);
  if (isBroken)
    throw new CliError(`${path} cannot be loaded as Stable Diffusion; what is missing is said above`);
}

function describe({ name, tensors, parameters, bytes, dtypes, problem }: ComponentReport): string {
  const kinds = Object.entries(dtypes).map(([dtype, count]) => `${count} ${dtype}`);
  const facts = `${name}: ${tensors} tensors (${kinds.join(', ')}), ${(parameters / 1e6).toFixed(1)} M parameters, ${formatBytes(bytes)}`;
  return problem === null ? `${facts}, complete` : `${facts}\n  ${problem}`;
}
