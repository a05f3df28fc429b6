import type { Edit, EditStep, LusdFacts, TargetTokens, UnreadWords } from '@lusd/lusd';
import type { Image } from '@lusd/sd-models';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import { warnOfUnreadWords } from '../ui/unreadWords.ts';
import type { EditKeeper } from './editKeeper.ts';

export interface WatchOptions {
  readonly log: Log;
  readonly numSteps: number;
  /** The edit's name where there are several. */
  readonly job?: string;
  /** Whether the prompts are those of the previous edit, which were already reported. */
  readonly repeatsPrompts?: boolean;
  /** Keeps how the edit went. */
  readonly keeper?: EditKeeper;
  /** Called after each step. */
  readonly onStep?: (step: EditStep<LusdFacts>) => void;
}

/** Runs an edit to its end, showing its progress and keeping its steps. Returns the edited picture. */
export async function watchEdit(
  run: Edit<LusdFacts>,
  { log, numSteps, job, repeatsPrompts, keeper, onStep }: WatchOptions,
): Promise<Image> {
  const subject = job === undefined ? {} : { job };
  const targets = await run.targetTokens();
  reportTargets(log, targets, subject);
  if (!repeatsPrompts) reportUnread(log, run.unread, targets, subject);
  const words = targets.words.map(({ text }) => text);
  await keeper?.begin(run.source, words);
  using progress = new Progress(log, numSteps, { label: job ?? '' });
  for await (const step of run) {
    progress.update(step.iteration + 1, noteOf(step));
    const { iteration, attempts, timestep, std, threshold } = step;
    log.event('step', { ...subject, iteration, attempts, timestep, std, threshold });
    if (step.exhausted)
      log.warn(
        `iteration ${iteration}: none of ${attempts} draws reached the threshold; the last one was used`,
      );
    onStep?.(step);
    await keeper?.step(step, run);
  }
  return run.result();
}

function noteOf({ std, threshold, attempts }: EditStep<LusdFacts>): string {
  const retries = attempts > 1 ? ` after ${attempts} draws` : '';
  return ` | std ${std.toFixed(4)} (threshold ${threshold.toFixed(4)})${retries}`;
}

function reportUnread(
  log: Log,
  { source, target }: UnreadWords,
  { beyondContext: maskWords }: TargetTokens,
  subject: object,
): void {
  warnOfUnreadWords(log, { prompt: 'source prompt', unread: source }, subject);
  warnOfUnreadWords(log, { prompt: 'target prompt', unread: target, maskWords }, subject);
}

function reportTargets(log: Log, { indices, words }: TargetTokens, subject: object): void {
  const names = words.map((word) => `"${word.text}" (${word.indices.join(', ')})`);
  const text =
    indices.length === 0
      ? 'No mask: no word of the target prompt was chosen.'
      : `The mask is made from ${names.join(', ')}.`;
  log.event('targets', { ...subject, indices, words }, text);
}
