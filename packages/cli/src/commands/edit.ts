import { ALGORITHM_TEXTS, edit, PICTURE_TEXTS, TrajectoryRecorder } from '@lusd/lusd';
import { encodePng, writeWholeFile } from '@lusd/sd-models/node';
import { writeSafetensors } from '@lusd/tensor';
import { plainPrompts } from '../edit/brackets.ts';
import { EditKeeper } from '../edit/editKeeper.ts';
import { tokenChoice } from '../edit/tokenChoice.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { checkOutputPath } from '../files.ts';
import { parseAlgorithm } from '../options/algorithmCommand.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { parseCount, parsePngPath } from '../options/parsers.ts';
import { frameOptions, type PictureOptions, pictureCommand } from '../options/pictureCommand.ts';
import { requireUse } from '../options/requireUse.ts';
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
  const { seed } = ALGORITHM_TEXTS;
  const { mask, composite, record } = PICTURE_TEXTS;
  return pictureCommand('edit', 'edit a picture, given what it shows and what it should show')
    .optionsGroup('Edit:')
    .requiredOption('--image <file>', 'the picture to edit')
    .requiredOption('--source-prompt <text>', 'what the picture shows; may be empty')
    .requiredOption('--target-prompt <text>', 'what the picture should show')
    .requiredOption('--output <file.png>', 'output file', parsePngPath)
    .option(seed.flags, seed.text, parseCount, 0)
    .addOption(targetIndexOption())
    .addOption(editWordsOption())
    .option(mask.flags, mask.text)
    .option(composite.flags, composite.text)
    .option(record.flags, record.text)
    .action((options, command) =>
      editPicture(services, options, command.getOptionValueSource('saveStep') !== 'default'),
    );
}

/** @param hasPreviews whether to write previews */
async function editPicture(services: Services, options: EditFlags, hasPreviews: boolean): Promise<void> {
  const log = openLog(services, options);
  const { output, record: recordPath, seed, rng, composite, longPrompts, negativePrompt: negative } = options;
  const editor = parseAlgorithm(options);
  requireUse(editor, options);
  if (composite && options.mask === undefined) throw new UsageError('--composite needs a --mask');
  for (const path of [output, recordPath]) if (path !== undefined) await checkOutputPath(path);
  const [{ sourcePrompt: source, targetPrompt: target } = options] = plainPrompts([options], options, log);
  const pictures = new PictureReader(options.pixels, log);
  const image = await pictures.readImage(options.image);
  const mask = options.mask === undefined ? undefined : await pictures.readMask(options.mask, image);
  const targetTokens = await tokenChoice(options);
  const record = recordPath === undefined ? undefined : new TrajectoryRecorder();

  await withPipeline(options, log, async (pipeline) => {
    const request = { image, mask, source, target, negative, targetTokens, composite, longPrompts };
    const run = edit(pipeline, request, editor, {
      frame: frameOptions(pipeline, options),
      draws: { seed, rng },
      previews: hasPreviews ? { every: options.saveStep } : undefined,
      record,
      signal: services.signal,
    });
    const { image: path, weights } = options;
    const asked = { editor, model: pipeline, image: path, prompts: { source, target }, seed, rng, weights };
    const keeper = new EditKeeper(output, asked);
    const png = encodePng(await watchEdit(run, { log, editor, keeper }));
    await keeper.finish(png);
    await writeWholeFile(output, png);
    if (recordPath !== undefined && record) await writeSafetensors(recordPath, record.tensors);
    log.event('done', { path: output }, `Wrote ${output}.`);
  });
}
