import { RecordedDraws, TrajectoryRecorder } from '@lusd/lusd';
import { writePng } from '@lusd/sd-models/node';
import { openSafetensors } from '@lusd/tensor';
import { pipelineEditor } from '../edit/editor.ts';
import { compareReplay, type RecordedRun, readRecordedRun } from '../edit/recordedRun.ts';
import { type TokenFlags, tokenChoice } from '../edit/tokenChoice.ts';
import { watchEdit } from '../edit/watchEdit.ts';
import { checkOutputPath } from '../files.ts';
import { type AlgorithmOptions, algorithmCommand, parseAlgorithm } from '../options/algorithmCommand.ts';
import type { CommonOptions } from '../options/baseCommand.ts';
import { parsePngPath } from '../options/parsers.ts';
import { editWordsOption, targetIndexOption } from '../options/tokenOptions.ts';
import { withPipeline } from '../pipeline.ts';
import { openLog, type Services } from '../services.ts';

interface ReplayFlags extends AlgorithmOptions, CommonOptions, TokenFlags {
  readonly sourcePrompt: string;
  readonly targetPrompt: string;
  readonly output: string;
  readonly record?: string | undefined;
}

/** `lusd replay`: the draws of a recorded trajectory, fed back in. */
export function replayCommand(services: Services) {
  return algorithmCommand('replay', 'repeat a recorded edit with its own draws, and compare')
    .argument('<trajectory>', 'a .safetensors file that --record wrote; its picture is edited')
    .optionsGroup('Replay:')
    .requiredOption('--source-prompt <text>', 'the prompts that it was recorded with')
    .requiredOption('--target-prompt <text>')
    .requiredOption('--output <file.png>', 'where the result goes', parsePngPath)
    .addOption(targetIndexOption())
    .addOption(editWordsOption())
    .option('--record <file>', "write the replay's own trajectory as .safetensors")
    .action(async (trajectory, options, command) => {
      const recorded = await readRecordedRun(trajectory);
      const wantsAll = command.getOptionValueSource('numSteps') === 'default';
      const numSteps = wantsAll ? recorded.attempts.length : options.numSteps;
      await replay(services, recorded, { ...options, numSteps });
    });
}

async function replay(services: Services, recorded: RecordedRun, options: ReplayFlags): Promise<void> {
  const log = openLog(services, options);
  const algorithm = parseAlgorithm(options);
  for (const path of [options.output, options.record]) if (path !== undefined) await checkOutputPath(path);
  const recorder = options.record === undefined ? null : new TrajectoryRecorder();

  await withPipeline(options, log, async (pipeline) => {
    await using file = await openSafetensors(recorded.path);
    const { width, height } = recorded.image;
    const latentSize = (width * height) / pipeline.vae.downscaleFactor ** 2;
    const running = await pipelineEditor(pipeline)({
      ...algorithm,
      image: recorded.image,
      size: 'original',
      source: options.sourcePrompt,
      target: options.targetPrompt,
      targetTokens: await tokenChoice(options),
      longPrompts: options.longPrompts ?? false,
      draws: await RecordedDraws.read(file, latentSize * pipeline.unet.config.inChannels),
      signal: services.signal,
      ...(recorder && { recorder }),
    });
    const attempts: number[] = [];
    const { image } = await watchEdit(running, {
      log,
      numSteps: algorithm.numSteps,
      onStep: (step) => attempts.push(step.attempts),
    });
    await writePng(options.output, image);
    if (recorder) await recorder.write(options.record!);
    const comparison = compareReplay(recorded, attempts, image);
    log.event(
      'done',
      { path: options.output, ...comparison },
      `Wrote ${options.output}: ${comparison.summary}.`,
    );
  });
}
