import { extname } from 'node:path';
import {
  ClipEmbedder,
  type Embedder,
  type EvaluationTurn,
  evaluateTurns,
  summarizeTurns,
  type TurnScores,
} from '@lusd/lusd/metrics';
import { findTurns } from '@lusd/lusd/node';
import { loadClip, loadClipTokenizer } from '@lusd/sd-models';
import { diskFolder, modelAt, type PixelSource, writeWholeFile } from '@lusd/sd-models/node';
import { checkOutputPath } from '../files.ts';
import { locateClip } from '../metrics/locateClip.ts';
import { formatRows, formatTable, scoreRow, summaryRows } from '../metrics/report.ts';
import { readCaptions, readCategories } from '../metrics/turnTables.ts';
import { baseCommand, type CommonOptions } from '../options/baseCommand.ts';
import { adapterOption, type DTypeName, dtypeOption } from '../options/modelCommand.ts';
import { parsePositive } from '../options/parsers.ts';
import { pixelsOption } from '../options/pixelsOption.ts';
import { PictureReader } from '../pictureReader.ts';
import { dtypeLogger, withDevice } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { CliError, UsageError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';

interface MetricsFlags extends CommonOptions {
  readonly generatedPath: string;
  readonly gtPath: string;
  readonly captionPath?: string | undefined;
  readonly globalCaptionPath?: string | undefined;
  readonly categoryPath?: string | undefined;
  readonly allowIncomplete?: true | undefined;
  readonly pixels: PixelSource;
  readonly clip: boolean;
  readonly weights: string;
  readonly configFolder?: string | undefined;
  readonly dtype: DTypeName;
  readonly adapter: string;
  readonly batchSize: number;
  readonly output?: string | undefined;
}

const NOTES = `
Results are <id>/<id>_1.png and <id>/<id>_inde_2.png, _inde_3.png, ..; the ground truth is <id>/<id>-input.png,
<id>/<id>-output1.png, ..; captions are {"<id>": {"<id>-output1.png": "a caption"}}. Results of iterative editing
(_iter_2.png) are left alone. A removal counts as a change. L1* and CLIP-I* need a result whose CLIP-R is above 1.22;
without one they are - (null in JSON).`;

/** `lusd metrics`: a folder of results against MagicBrush's ground truth. */
export function metricsCommand(services: Services) {
  return baseCommand('metrics', "compare a folder of results with MagicBrush's ground truth")
    .optionsGroup('Folder:')
    .requiredOption('--generated-path <folder>', 'the results')
    .requiredOption('--gt-path <folder>', "the test set's pictures")
    .option('--caption-path <file>', 'local captions, local_descriptions.json, for CLIP-T')
    .option('--global-caption-path <file>', 'global captions, global_descriptions.json, for CLIP-R')
    .option(
      '--category-path <file>',
      'add, change or remove: JSON as the captions, or magicbrush_category.csv',
    )
    .option('--allow-incomplete', 'skip incomplete turns instead of stopping')
    .addOption(pixelsOption())
    .option('--output <file>', 'write the scores of each result as .csv or .json')
    .optionsGroup('Model:')
    .option('--no-clip', 'L1 and L2 only, without CLIP')
    .option(
      '--weights <folder|file|name>',
      'CLIP ViT-B/32: a folder, a .safetensors file, or clip, which `lusd weights pull clip` downloads',
      'clip',
    )
    .option('--config-folder <folder>', "folder of CLIP's tokenizer; default: next to the weights")
    .addOption(dtypeOption())
    .addOption(adapterOption())
    .option('--batch-size <n>', 'results per batch of CLIP', parsePositive, 8)
    .addHelpText('after', NOTES)
    .action((options) => computeMetrics(services, options));
}

async function computeMetrics(services: Services, options: MetricsFlags): Promise<void> {
  const log = openLog(services, options);
  const kind = await checkOutput(options.output);
  const turns = await requireTurns(options, log);
  const scores = await withEmbedder(options, log, (embedder) =>
    score(turns, embedder, options, log, services.signal),
  );
  if (scores.length === 0) throw new CliError('no result is left to compare; fix the errors above');
  if (options.output !== undefined && kind !== null) {
    await writeWholeFile(options.output, formatRows(scores.map(scoreRow), kind));
    log.event('done', { path: options.output }, `Wrote ${options.output}.`);
  }
  const rows = summaryRows(summarizeTurns(scores), options.categoryPath !== undefined);
  log.result(rows, formatTable(rows));
}

/** @throws UsageError or CliError if the scores could not be written */
async function checkOutput(output: string | undefined): Promise<'.csv' | '.json' | null> {
  if (output === undefined) return null;
  const kind = extname(output);
  if (kind !== '.csv' && kind !== '.json')
    throw new UsageError(`--output ${output} must end in .csv or .json`);
  await checkOutputPath(output);
  return kind;
}

/** The turns to compare. @throws CliError if something is missing, unless that was allowed */
async function requireTurns(options: MetricsFlags, log: Log): Promise<readonly EvaluationTurn[]> {
  const { generatedPath: generated, gtPath: groundTruth, categoryPath } = options;
  const captions = options.clip ? await requireCaptions(options) : null;
  const categories =
    categoryPath === undefined ? null : await readCategories(categoryPath, (text) => log.warn(text));
  const { turns, missing, unknown } = await findTurns({ generated, groundTruth, captions, categories });
  const problems = [
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`without ground truth: ${listed(unknown)}`] : []),
  ].join('; ');
  if (problems === '') return turns;
  log.event('incomplete', { missing, unknown });
  if (!options.allowIncomplete)
    throw new CliError(`${problems}; fix it, or compare the other turns only with --allow-incomplete`);
  log.warn(`${problems}; continuing with ${turns.length} turns.`);
  return turns;
}

async function requireCaptions({ captionPath, globalCaptionPath }: MetricsFlags) {
  if (captionPath === undefined || globalCaptionPath === undefined)
    throw new UsageError(
      "CLIP's metrics need --caption-path and --global-caption-path; --no-clip computes L1 and L2 only",
    );
  return { local: await readCaptions(captionPath), global: await readCaptions(globalCaptionPath) };
}

/** Loads CLIP, runs `body` with it and frees it; with --no-clip there is none, and no device. */
async function withEmbedder<T>(
  options: MetricsFlags,
  log: Log,
  body: (embedder: Embedder | null) => Promise<T>,
): Promise<T> {
  if (!options.clip) return body(null);
  const { path, tokenizer } = await locateClip(options.weights, options.configFolder);
  return withDevice(options, log, async () => {
    log.event('loading', { path }, `Loading ${path}.`);
    const onNote = (note: string) => log.warn(note);
    using model = await loadClip(await modelAt(path), {
      dtype: options.dtype,
      onDtype: dtypeLogger(log),
      onNote,
    });
    return await body(new ClipEmbedder(model, await loadClipTokenizer(diskFolder(tokenizer), 'original')));
  });
}

async function score(
  turns: readonly EvaluationTurn[],
  embedder: Embedder | null,
  { batchSize, allowIncomplete, pixels }: MetricsFlags,
  log: Log,
  signal: AbortSignal,
): Promise<TurnScores[]> {
  const scores: TurnScores[] = [];
  using progress = new Progress(log, turns.length, { unit: 'results' });
  const onFailure = ({ id, turn, files }: EvaluationTurn, error: unknown) =>
    log.error(error, { id, turn }, `${files.generated} is skipped`);
  const pictures = new PictureReader(pixels, log);
  const running = evaluateTurns(turns, {
    embedder,
    readImage: (path) => pictures.readImage(path),
    batchSize,
    signal,
    ...(allowIncomplete && { onFailure }),
  });
  for await (const result of running) {
    scores.push(result);
    progress.update(scores.length);
    log.event('scores', scoreRow(result));
  }
  return scores;
}
