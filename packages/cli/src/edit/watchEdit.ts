import type { Edit, Editor, EditStep, TargetTokens, UnreadWords } from '@lusd/lusd';
import type { Image } from '@lusd/sd-models';
import type { Log } from '../ui/log.ts';
import { Progress } from '../ui/progress.ts';
import { warnOfUnreadWords } from '../ui/unreadWords.ts';
import type { EditKeeper } from './editKeeper.ts';

export interface WatchOptions {
  readonly log: Log;
  readonly editor: Editor;
  /** The edit's name where there are several. */
  readonly job?: string;
  /** Whether the prompts are those of the previous edit, which were already reported. */
  readonly repeatsPrompts?: boolean;
  /** Keeps how the edit went. */
  readonly keeper?: EditKeeper;
  /** Called after each step. */
  readonly onStep?: (step: EditStep) => void;
}

/** Runs an edit to its end, showing its progress and keeping its steps. Returns the edited picture. */
export async function watchEdit(
  run: Edit,
  { log, editor, job, repeatsPrompts, keeper, onStep }: WatchOptions,
): Promise<Image> {
  const subject = job === undefined ? {} : { job };
  const targets = editor.usesTargetTokens ? await run.targetTokens() : null;
  if (targets) reportTargets(log, targets, subject);
  if (!repeatsPrompts) reportUnread(log, run.unread, targets, subject);
  const words = targets?.words.map(({ text }) => text) ?? [];
  await keeper?.begin(run.source, words);
  using progress = new Progress(log, editor.numSteps, { label: job ?? '' });
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

function noteOf({ std, threshold = 0, attempts }: EditStep): string {
  if (std === undefined) return '';
  const retries = attempts > 1 ? ` after ${attempts} draws` : '';
  const limit = threshold > 0 ? ` (threshold ${threshold.toFixed(4)})` : '';
  return ` | std ${std.toFixed(4)}${limit}${retries}`;
}

function reportUnread(
  log: Log,
  { source, target, negative }: UnreadWords,
  targets: TargetTokens | null,
  subject: object,
): void {
  const maskWords = targets?.beyondContext ?? [];
  warnOfUnreadWords(log, { prompt: 'source prompt', unread: source }, subject);
  warnOfUnreadWords(log, { prompt: 'target prompt', unread: target, maskWords }, subject);
  warnOfUnreadWords(log, { prompt: 'negative prompt', unread: negative }, subject);
}

function reportTargets(log: Log, { indices, words }: TargetTokens, subject: object): void {
  const names = words.map((word) => `"${word.text}" (${word.indices.join(', ')})`);
  const text =
    indices.length === 0
      ? 'No mask: no word of the target prompt was chosen.'
      : `The mask is made from ${names.join(', ')}.`;
  log.event('targets', { ...subject, indices, words }, text);
}
