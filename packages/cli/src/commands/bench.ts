import { trainedSize } from '@lusd/sd-models';
import { type Device, formatProfile, formatTunedProducts, tuneProducts, warmUp } from '@lusd/tensor';
import { type ModelCall, ModelCalls } from '../bench/modelCalls.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { type ModelOptions, modelCommand } from '../options/modelCommand.ts';
import { parsePositive, parseSize, type Size } from '../options/parsers.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { CliError, UsageError } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';

interface BenchFlags extends ModelOptions, CommonOptions {
  readonly size?: Size | undefined;
  readonly runs: number;
  readonly tune?: true | undefined;
}

/** `lusd bench`: how long a model's parts take on this adapter, kernel by kernel. */
export function benchCommand(services: Services) {
  return modelCommand('bench', "measure the model's parts and kernels on this adapter, or tune them for it")
    .optionsGroup('Measurement:')
    .option('--size <size>', "512 or 768x512; default: the model's own", parseSize)
    .option('--runs <n>', 'runs to take the median of', parsePositive, 5)
    .option(
      '--tune',
      'measure every way to compute the products of this model at this size, and use the fastest from now on',
    )
    .action((options) => bench(services, options));
}

async function bench(services: Services, options: BenchFlags): Promise<void> {
  const log = openLog(services, options);
  await withPipeline(options, log, async (pipeline) => {
    const { device } = pipeline;
    requireTimestamps(device);
    using parts = new ModelCalls(pipeline, pixelSize(options.size, trainedSize(pipeline)));
    if (options.tune) await tune(device, parts.calls, log, services.signal);
    for (const call of parts.calls) {
      services.signal.throwIfAborted();
      await measure(device, call, options.runs, log);
    }
  });
}

/** @throws CliError for an adapter that cannot time its kernels */
function requireTimestamps({ features, facts }: Device): void {
  if (!features.has('timestamp-query'))
    throw new CliError(
      `bench: ${facts.name} has no timestamp-query, by which kernels are timed; a newer driver may have it`,
    );
}

function pixelSize(size: Size | undefined, own: number): readonly [number, number] {
  if (size === 'original')
    throw new UsageError("--size must be numbers such as 512 or 768x512, not 'original'");
  return typeof size === 'object' ? size : [size ?? own, size ?? own];
}

async function tune(
  device: Device,
  calls: readonly ModelCall[],
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  using progress = new Progress(log, 1, { label: 'tuning', unit: 'ways' });
  const runAll = async () => {
    for (const call of calls) {
      signal.throwIfAborted();
      await call.run();
    }
  };
  const onProgress = (done: number, total: number) => {
    progress.update(done / total, `${done} of ${total}`);
    log.event('tuning', { done, total });
  };
  const { products, file } = await tuneProducts(device, runAll, { onProgress });
  progress.stop();
  log.result({ part: 'tuning', file, products }, formatTunedProducts(products));
  if (file === null)
    log.warn('the tuned products could not be written to the cache folder: they are used by this run only');
  else log.event('tuned', { file, count: products.length }, `Wrote ${file}; it is used from now on.`);
}

/** The median by the clock, without timestamps, and the kernels by timestamps. */
async function measure(device: Device, { name, run }: ModelCall, runs: number, log: Log): Promise<void> {
  await run();
  await warmUp(device, run);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  const milliseconds = times.sort((a, b) => a - b)[times.length >> 1]!;
  const kernels = await device.profile(run);
  log.result(
    { part: name, milliseconds, kernels },
    `\n${name}: ${milliseconds.toFixed(1)} ms\n${formatProfile(kernels)}`,
  );
}
