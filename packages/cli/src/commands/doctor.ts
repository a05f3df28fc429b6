import { checkSection } from '../doctor/check.ts';
import { gpuSection } from '../doctor/gpu.ts';
import { hostSection } from '../doctor/host.ts';
import { formatSection, type Section } from '../doctor/section.ts';
import { weightsSection } from '../doctor/weights.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption } from '../options/modelCommand.ts';
import { openLog, type Services } from '../services.ts';
import { CliError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';

/** `lusd doctor`: the hardware and software that edits would use, and what is missing. */
export function doctorCommand(services: Services, version: string) {
  return baseCommand('doctor', 'report what edits would run on, what is missing and how to install it')
    .addOption(adapterOption())
    .option('--check', 'also run every kind of kernel, and compare with the same in double on the processor')
    .action((options) => doctor(services, version, options));
}

async function doctor(
  services: Services,
  version: string,
  options: CommonOptions & { readonly adapter: string; readonly check?: true | undefined },
): Promise<void> {
  const log = openLog(services, options);
  const gpu = await gpuSection(options.adapter, log);
  for (const section of [hostSection(version), gpu, await weightsSection()]) report(section, log);
  if ('adapter' in gpu.data && gpu.data.adapter === null)
    throw new CliError('no edit can run on this machine; the report above lists what is missing');
  if (options.check) {
    const checks = await checkSection(options.adapter, log, services.signal);
    report(checks, log);
    if (checks.data.failed > 0)
      throw new CliError(
        `${checks.data.failed} of ${checks.data.checks.length} checks failed: results on this adapter are wrong; ` +
          'update its driver, or choose another by --adapter, and open an issue with the report above',
      );
  }
}

function report(section: Section, log: Log): void {
  const { title, data, missing } = section;
  log.result({ section: title.toLowerCase(), ...data, missing }, formatSection(section));
}
