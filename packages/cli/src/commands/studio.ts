import { randomBytes } from 'node:crypto';
import { type StableDiffusion, trainedSize } from '@lusd/sd-models';
import type { ModelFacts } from '@lusd/studio/session';
import type { CommonOptions } from '../options/baseCommand.ts';
import { type ModelOptions, modelCommand } from '../options/modelCommand.ts';
import { parseCount } from '../options/parsers.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { JobQueue } from '../studio/jobs.ts';
import { KeptPictures } from '../studio/keptPictures.ts';
import { readPageFiles } from '../studio/pageFiles.ts';
import { startServer } from '../studio/server.ts';
import { CliError } from '../ui/errors.ts';

interface StudioFlags extends ModelOptions, CommonOptions {
  readonly port: number;
}

/** As one types "LUSD" on a telephone. Always the same, since a browser's history belongs to an address and its port. */
const PORT = 5873;

/** `lusd studio`: the editor as a page, on this machine's GPU. */
export function studioCommand(services: Services) {
  return modelCommand(
    'studio',
    'serve the editor as a page on this machine, and as an interface for programs',
  )
    .optionsGroup('Server:')
    .option('--port <n>', 'port on 127.0.0.1; 0 for any that is free', parseCount, PORT)
    .action((options) => serve(services, options));
}

async function serve(services: Services, options: StudioFlags): Promise<void> {
  const log = openLog(services, options);
  const files = readPageFiles();
  await withPipeline(options, log, async (model) => {
    const ended = untilEnded(services.signal);
    const queue = new JobQueue(model, (message) => ended.fail(new CliError(message)));
    // Programs want a key that stays the same.
    const token = services.environment.LUSD_STUDIO_TOKEN || randomBytes(24).toString('base64url');
    const desk = { model, facts: factsOf(model, options), queue, pictures: new KeptPictures() };
    const warn = (message: string) => log.warn(message);
    const server = await startServer({ port: options.port, token, files, desk, warn });
    const address = `http://127.0.0.1:${server.port}/?token=${token}`;
    log.event('ready', { address, port: server.port }, `Open ${address} (ctrl-C ends it).`);
    try {
      await ended.promise;
    } finally {
      await queue.stop();
      await server.close();
    }
    log.event('done', {}, 'The studio has ended.');
  });
}

/** Resolves when the person ends the command, which is how a server ends; rejects when it cannot go on. */
function untilEnded(signal: AbortSignal): { promise: Promise<void>; fail: (error: Error) => void } {
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    fail = reject;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return { promise, fail };
}

function factsOf(model: StableDiffusion, { weights, dtype }: ModelOptions): ModelFacts {
  const { name, software } = model.device.facts;
  const size = trainedSize(model);
  return { name: weights, dtype, size, device: name, isSoftware: software, notes: model.device.faults };
}
