import { Option } from '@commander-js/extra-typings';
import { convertCheckpoint } from '@lusd/sd-models/node';
import { baseCommand, type CommonOptions } from '../../options/baseCommand.ts';
import {
  configFolderOption,
  predictionTypeOption,
  vaeOption,
  variantOption,
} from '../../options/checkpointOptions.ts';
import { openLog, type Services } from '../../services.ts';
import { Progress } from '../../ui/progress.ts';
import { type CheckpointFlags, openNamedCheckpoint } from '../../weights/locate.ts';

interface ConvertFlags extends CommonOptions, Omit<CheckpointFlags, 'weights'> {
  readonly dtype: 'f16' | 'f32';
}

/** `lusd weights convert`: a single file or a folder to a diffusers folder, in f16 or f32. */
export function convertCommand(services: Services) {
  return baseCommand('convert', 'write a diffusers folder from a single file or another folder')
    .argument('<weights>', 'a diffusers folder, a .safetensors file, or the name of pulled weights')
    .argument('<folder>', 'output folder')
    .addOption(
      new Option('--dtype <type>', 'dtype of the stored weights')
        .choices(['f16', 'f32'] as const)
        .default('f16' as const),
    )
    .addOption(vaeOption())
    .addOption(configFolderOption())
    .addOption(predictionTypeOption())
    .addOption(variantOption())
    .action((weights, folder, options) => convert(services, weights, folder, options));
}

async function convert(
  services: Services,
  weights: string,
  output: string,
  options: ConvertFlags,
): Promise<void> {
  const log = openLog(services, options);
  const checkpoint = await openNamedCheckpoint({ ...options, weights });
  for (const note of checkpoint.notes) log.warn(note);
  let progress: Progress | null = null;
  const onProgress = (done: number, total: number) => {
    services.signal.throwIfAborted();
    progress ??= new Progress(log, total, { unit: 'tensors' });
    progress.update(done);
  };
  const dtype = options.dtype === 'f16' ? 'F16' : 'F32';
  try {
    await convertCheckpoint(checkpoint, output, { dtype, onProgress });
  } finally {
    (progress as Progress | null)?.stop();
  }
  log.event('done', { path: output }, `Wrote ${output}; use it with --weights ${output}.`);
}
