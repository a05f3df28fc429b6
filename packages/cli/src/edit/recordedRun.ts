import { recordedAttempts } from '@lusd/lusd';
import type { Image } from '@lusd/sd-models';
import { openSafetensors, type SafetensorsFile } from '@lusd/tensor';
import { CliError } from '../ui/errors.ts';

/** What a replay needs of a recorded trajectory, apart from its draws. */
export interface RecordedRun {
  readonly path: string;
  /** The picture as it was edited. */
  readonly image: Image;
  readonly output: Image;
  /** Draws that each iteration took. */
  readonly attempts: readonly number[];
}

/** @throws CliError, SafetensorsError if the file is not a trajectory */
export async function readRecordedRun(path: string): Promise<RecordedRun> {
  await using file = await openSafetensors(path);
  const attempts = recordedAttempts(file);
  if (attempts.length === 0) throw notTrajectory(path, 'draws');
  return {
    path,
    image: await readPicture(file, 'image'),
    output: await readPicture(file, 'output'),
    attempts,
  };
}

async function readPicture(file: SafetensorsFile, key: string): Promise<Image> {
  const info = file.tensors.get(key);
  const [height, width, channels] = info?.shape ?? [];
  if (info?.dtype !== 'U8' || width === undefined || height === undefined || channels !== 3)
    throw notTrajectory(file.name, `'${key}' of RGB bytes`);
  return { width, height, data: await file.read(key) };
}

function notTrajectory(path: string, what: string): CliError {
  return new CliError(`${path} is not a trajectory: it has no ${what}; record one with --record`);
}

export interface ReplayComparison {
  readonly sameAttempts: boolean;
  /** Largest and mean difference of the two outputs, in grey levels of 255. */
  readonly largestDifference: number;
  readonly meanDifference: number;
  readonly summary: string;
}

/** How the replay's attempts and output differ from the recorded ones. */
export function compareReplay(
  recorded: RecordedRun,
  attempts: readonly number[],
  output: Image,
): ReplayComparison {
  const sameAttempts =
    attempts.length === recorded.attempts.length && attempts.every((n, i) => n === recorded.attempts[i]);
  let [largest, sum] = [0, 0];
  for (const [i, value] of output.data.entries()) {
    const difference = Math.abs(value - recorded.output.data[i]!);
    largest = Math.max(largest, difference);
    sum += difference;
  }
  const mean = sum / output.data.length;
  const draws = sameAttempts ? 'the same draws accepted' : 'other draws accepted';
  return {
    sameAttempts,
    largestDifference: largest,
    meanDifference: mean,
    summary: `${draws} as recorded, and the output differs by at most ${largest} grey levels (${mean.toFixed(3)} on average)`,
  };
}
