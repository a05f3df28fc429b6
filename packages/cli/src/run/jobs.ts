import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { MethodEditor } from '@lusd/lusd';
import { reason } from '@lusd/sd-models/node';
import type { PictureOptions } from '../options/pictureCommand.ts';
import type { ImageFolder } from './imageFolder.ts';
import type { IndexRow } from './indexCsv.ts';

/** One edit: a row with a seed. */
export interface Job {
  /** `003_seed0`: the result is `003_seed0.png`. */
  readonly name: string;
  readonly row: IndexRow;
  readonly seed: number;
}

/** A job whose picture was found, and everything that its result depends on. */
export interface ReadyJob extends Job {
  readonly imagePath: string;
  readonly configuration: Configuration;
}

/** What a result depends on; an existing result of the same configuration is kept. */
export type Configuration = Readonly<Record<string, unknown>>;

/** Row by row, each with all its seeds. */
export function makeJobs(rows: readonly IndexRow[], initSeed: number, numSeed: number): Job[] {
  return rows.flatMap((row) =>
    Array.from({ length: numSeed }, (_, n) => ({
      name: `${String(row.row).padStart(3, '0')}_seed${initSeed + n}`,
      row,
      seed: initSeed + n,
    })),
  );
}

/** @throws CliError or an Error naming the picture, if it cannot be read */
export async function prepareJob(
  job: Job,
  images: ImageFolder,
  editor: MethodEditor,
  options: PictureOptions,
): Promise<ReadyJob> {
  const imagePath = await images.find(job.row);
  const content = await readFile(imagePath).catch((cause: unknown) => {
    throw new Error(`the image ${imagePath} cannot be read: ${reason(cause)}`, { cause });
  });
  const { weights, configFolder, variant, dtype, rng, fit, pixels, targetRule, tagger, longPrompts } =
    options;
  const { negativePrompt } = options;
  const configuration = {
    image: job.row.imgPath,
    image_sha256: createHash('sha256').update(content).digest('hex'),
    source_prompt: job.row.sourcePrompt,
    target_prompt: job.row.targetPrompt,
    seed: job.seed,
    weights,
    config_folder: configFolder ?? null,
    ...(variant !== undefined && { variant }),
    dtype,
    rng,
    size: options.size ?? "the model's own",
    fit,
    pixels,
    target_rule: targetRule,
    tagger: tagger ?? 'shipped',
    ...(longPrompts && { long_prompts: true }),
    // LUSD is not named, so that results of the time when it was the only method are found.
    ...(editor.name !== 'lusd' && { method: editor.name }),
    ...(negativePrompt !== undefined && { negative_prompt: negativePrompt }),
    ...underscored(editor.options),
    save_step: options.saveStep,
  };
  return { ...job, imagePath, configuration };
}

/** A method's options under the names of the released program's flags. */
function underscored(options: object): Configuration {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
