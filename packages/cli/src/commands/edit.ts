import { basename, dirname, extname, join } from 'node:path';
import { type EditRequest, TrajectoryRecorder } from '@lusd/lusd';
import type { Image } from '@lusd/sd-models';
import { writePng } from '@lusd/sd-models/node';
import { plainPrompts } from '../edit/brackets.ts';
import { pipelineEditor } from '../edit/editor.ts';
import { type EditSettings, editSettings } from '../edit/editSettings.ts';
import { PreviewWriter } from '../edit/previews.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { checkOutputPath, makeFolder } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { parseCount, parsePngPath } from '../options/parsers.ts';
import { type PictureOptions, pictureCommand } from '../options/pictureCommand.ts';
import { editWordsOption, targetIndexOption } from '../options/tokenOptions.ts';
import { PictureReader } from '../pictureReader.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { UsageError } from '../ui/errors.ts';

interface EditFlags extends PictureOptions, CommonOptions {
  readonly image: string;
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
  readonly output: string;
  readonly seed: number;
  readonly targetIndex?: number[] | undefined;
  readonly editWords?: string[] | undefined;
  readonly mask?: string | undefined;
  readonly composite?: true | undefined;
  readonly record?: string | undefined;
}

/** `lusd edit`: one picture. */
export function editCommand(services: Services) {
  return pictureCommand('edit', 'edit a picture: say what it shows, and what it should show')
    .optionsGroup('Edit:')
    .requiredOption('--image <file>', 'the picture to edit')
    .requiredOption('--source-prompt <text>', 'what it shows; may be empty')
    .requiredOption('--target-prompt <text>', 'what it should show')
    .requiredOption('--output <file.png>', 'where the result goes', parsePngPath)
    .option('--seed <n>', 'seed of the random draws', parseCount, 0)
    .addOption(targetIndexOption())
    .addOption(editWordsOption())
    .option('--mask <file>', 'a picture of the same size: white where it may change')
    .option('--composite', 'put the untouched pixels back outside the mask')
    .option('--record <file>', 'write the trajectory as .safetensors')
    .action((options, command) =>
      editPicture(services, options, command.getOptionValueSource('saveStep') !== 'default'),
    );
}

/** @param hasPreviews whether to write previews: only when asked for */
async function editPicture(services: Services, options: EditFlags, hasPreviews: boolean): Promise<void> {
  const log = openLog(services, options);
  const algorithm = parseAlgorithm(options);
  if (options.composite && options.mask === undefined) throw new UsageError('--composite needs a --mask');
  for (const path of [options.output, options.record]) if (path !== undefined) await checkOutputPath(path);
  const [{ sourcePrompt, targetPrompt } = options] = plainPrompts([options], options, log);
  const pictures = new PictureReader(options.pixels, log);
  const image = await pictures.readImage(options.image);
  const mask = options.mask === undefined ? null : await pictures.readMask(options.mask, image);
  const recorder = options.record === undefined ? null : new TrajectoryRecorder();

  await withPipeline(options, log, async (pipeline) => {
    const settings = await editSettings(pipeline, algorithm, options);
    const previews = hasPreviews ? await previewWriter(options.output, image, settings) : null;
    const request: EditRequest = {
      ...algorithm,
      ...settings.frame,
      ...settings.request,
      image,
      source: sourcePrompt,
      target: targetPrompt,
      seed: options.seed,
      previews: hasPreviews,
      signal: services.signal,
      ...(mask && { mask, composite: options.composite ?? false }),
      ...(recorder && { recorder }),
    };
    const running = await pipelineEditor(pipeline)(request);
    const result = await watchEdit(running, { log, numSteps: algorithm.numSteps, previews });
    await writePng(options.output, result.image);
    if (recorder) await recorder.write(options.record!);
    log.event('done', { path: options.output }, `Wrote ${options.output}.`);
  });
}

/** As `lusd run` lays them out: `.cache/{name}/` beside the result. */
async function previewWriter(output: string, image: Image, { frame }: EditSettings): Promise<PreviewWriter> {
  const folder = join(dirname(output), '.cache', basename(output, extname(output)));
  await makeFolder(folder);
  return new PreviewWriter(folder, image, frame);
}
