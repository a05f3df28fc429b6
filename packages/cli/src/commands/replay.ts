import { edit, type MethodEditor, RecordedDraws, TrajectoryRecorder } from '@lusd/lusd';
import { writePng } from '@lusd/sd-models/node';
import { openSafetensors, writeSafetensors } from '@lusd/tensor';
import { compareReplay, type RecordedRun, readRecordedRun } from '../edit/recordedRun.ts';
import { type TokenFlags, tokenChoice } from '../edit/tokenChoice.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { checkOutputPath } from '../files.ts';
import { type AlgorithmOptions, algorithmCommand, parseAlgorithm } from '../options/algorithmCommand.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { parsePngPath } from '../options/parsers.ts';
import { requireUse } from '../options/requireUse.ts';
import { editWordsOption, targetIndexOption } from '../options/tokenOptions.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';
import { UsageError } from '../ui/errors.ts';

interface ReplayFlags extends AlgorithmOptions, CommonOptions, TokenFlags {
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
  readonly output: string;
  readonly record?: string | undefined;
}

/** `lusd replay`: repeats a recorded trajectory with its own draws. */
export function replayCommand(services: Services) {
  return algorithmCommand('replay', 'repeat a recorded edit with its own draws, and compare')
    .argument('<trajectory>', 'a .safetensors file that --record wrote; its picture is edited')
    .optionsGroup('Replay:')
    .requiredOption('--source-prompt <text>', 'the prompt that it was recorded with')
    .requiredOption('--target-prompt <text>')
    .requiredOption('--output <file.png>', 'output file', parsePngPath)
    .addOption(targetIndexOption())
    .addOption(editWordsOption())
    .option('--record <file>', "write the replay's own trajectory as .safetensors")
    .action(async (trajectory, options, command) => {
      const recorded = await readRecordedRun(trajectory);
      const wantsAll = command.getOptionValueSource('numSteps') === undefined;
      const all = wantsAll ? { numSteps: recorded.attempts.length } : {};
      await replay(services, recorded, { ...options, ...all });
    });
}

async function replay(services: Services, recorded: RecordedRun, options: ReplayFlags): Promise<void> {
  const log = openLog(services, options);
  const { output, record: recordPath, longPrompts } = options;
  const { sourcePrompt: source, targetPrompt: target, negativePrompt: negative } = options;
  const editor = parseAlgorithm(options);
  requireUse(editor, options);
  requireRecordedDraws(editor);
  for (const path of [output, recordPath]) if (path !== undefined) await checkOutputPath(path);
  const targetTokens = await tokenChoice(options);
  const draws = await readDraws(recorded.path);
  const record = recordPath === undefined ? undefined : new TrajectoryRecorder();

  await withPipeline(options, log, async (pipeline) => {
    const request = { image: recorded.image, source, target, negative, targetTokens, longPrompts };
    const run = edit(pipeline, request, editor, {
      frame: { size: 'original' },
      draws,
      record,
      signal: services.signal,
    });
    const attempts: number[] = [];
    const image = await watchEdit(run, {
      log,
      editor,
      onStep: (step) => attempts.push(step.attempts),
    });
    await writePng(output, image);
    if (recordPath !== undefined && record) await writeSafetensors(recordPath, record.tensors);
    const comparison = compareReplay(recorded, attempts, image);
    log.event('done', { path: output, ...comparison }, `Wrote ${output}: ${comparison.summary}.`);
  });
}

/** @throws UsageError for an editor whose draws a trajectory does not hold */
function requireRecordedDraws({ name, drawsMore, samplesLatents }: MethodEditor): void {
  if (samplesLatents)
    throw new UsageError(
      `--method ${name} can be replayed with --no-sample-latents only, since a trajectory does not hold what its latents were drawn with`,
    );
  if (!drawsMore) return;
  throw new UsageError(
    `--method ${name} cannot be replayed, since it draws more than the timesteps and noise that a trajectory holds; edit with the same --seed instead`,
  );
}

async function readDraws(path: string): Promise<RecordedDraws> {
  await using file = await openSafetensors(path);
  return await RecordedDraws.read(file);
}
