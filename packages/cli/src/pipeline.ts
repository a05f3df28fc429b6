import { type DTypeChoice, StableDiffusion } from '@lusd/sd-models';
import { openQuietly } from './device.ts';
import type { ModelOptions } from './options/modelCommand.ts';
import type { Log } from './ui/log.ts';
import { openNamedCheckpoint } from './weights/locate.ts';

/**
 * Opens the device, loads the model, runs `body` with it and frees both.
 * @throws CliError, NoAdapterError, CheckpointError naming what is missing or wrong
 */
export async function withPipeline<T>(
  options: ModelOptions,
  log: Log,
  body: (pipeline: StableDiffusion) => Promise<T>,
): Promise<T> {
  const checkpoint = await openNamedCheckpoint(options);
  checkpoint.requireWhole();
  for (const note of checkpoint.notes) log.warn(note);
  return withDevice(options, log, async () => {
    log.event('loading', { path: checkpoint.name }, `Loading ${checkpoint.name}.`);
    const dtype = { dtype: options.dtype, onDtype: dtypeLogger(log) };
    using pipeline = await StableDiffusion.fromCheckpoint(checkpoint, dtype);
    return await body(pipeline);
  });
}

/**
 * Opens the device, logs its name, runs `body` and frees the device.
 * @throws NoAdapterError if there is none
 */
export async function withDevice<T>(
  { adapter }: Pick<ModelOptions, 'adapter'>,
  log: Log,
  body: () => Promise<T>,
): Promise<T> {
  const device = await openQuietly(adapter, log);
  try {
    const { name, software } = device.facts;
    const products = device.tuning.description;
    const note = software ? 'a software adapter: correct, but slow' : products;
    log.event('device', { name, software, products }, `Running on ${name} (${note}).`);
    return await body();
  } finally {
    device.destroy();
  }
}

/** Logs the choice of `--dtype auto`. */
export function dtypeLogger(log: Log): (choice: DTypeChoice) => void {
  return ({ dtype, reason }) => log.event('dtype', { dtype, reason }, `Computing in ${dtype}: ${reason}.`);
}
