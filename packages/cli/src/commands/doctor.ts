import { gpuSection } from '../doctor/gpu.ts';
import { hostSection } from '../doctor/host.ts';
import { formatSection } from '../doctor/section.ts';
import { weightsSection } from '../doctor/weights.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption } from '../options/modelCommand.ts';
import { openLog, type Services } from '../services.ts';
import { CliError } from '../ui/errors.ts';

/** `lusd doctor`: the hardware and software that edits would use, and what is missing. */
export function doctorCommand(services: Services, version: string) {
  return baseCommand('doctor', 'report what edits would run on, what is missing and how to install it')
    .addOption(adapterOption())
    .action((options) => doctor(services, version, options));
}

async function doctor(
  services: Services,
  version: string,
  options: CommonOptions & { readonly adapter: string },
): Promise<void> {
  const log = openLog(services, options);
  const gpu = await gpuSection(options.adapter, log);
  for (const section of [hostSection(version), gpu, await weightsSection()]) {
    const { title, data, missing } = section;
    log.result({ section: title.toLowerCase(), ...data, missing }, formatSection(section));
  }
  if ('adapter' in gpu.data && gpu.data.adapter === null)
    throw new CliError('no edit can run on this machine; the report above lists what is missing');
}
