import { StableDiffusion } from '@lusd/sd-models';
import { openDevice } from '@lusd/tensor';
import type { ModelOptions } from './options/modelCommand.ts';
import type { Log } from './ui/log.ts';
import { locateWeights } from './weights/locate.ts';

/**
 * Opens the device, loads the model, runs `body` with it and frees both.
 * @throws CliError, NoAdapterError, CheckpointError saying what is missing or wrong
 */
export async function withPipeline<T>(
  options: ModelOptions,
  log: Log,
  body: (pipeline: StableDiffusion) => Promise<T>,
): Promise<T> {
  const { path, ...location } = await locateWeights(options.weights, options.configFolder);
  return withDevice(options, log, async () => {
    log.event('loading', { path }, `Loading ${path}.`);
    using pipeline = await StableDiffusion.load(path, { ...location, dtype: options.dtype });
    return await body(pipeline);
  });
}

/**
 * Opens the device, says which, runs `body` and frees it.
 * @throws NoAdapterError where there is none
 */
export async function withDevice<T>(
  { adapter }: Pick<ModelOptions, 'adapter'>,
  log: Log,
  body: () => Promise<T>,
): Promise<T> {
  const device = await openDevice({ adapter, log: null });
  try {
    const { name, software } = device.facts;
    const note = software ? ' (a software adapter: correct, but slow)' : '';
    log.event('device', { name, software }, `Running on ${name}${note}.`);
    return await body();
  } finally {
    device.destroy();
  }
}
