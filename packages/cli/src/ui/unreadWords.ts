import type { Log } from './log.ts';

/** A prompt whose end the model does not read. */
export interface UnreadPrompt {
  /** Which of the command's prompts it is. */
  readonly prompt: 'prompt' | 'negative prompt' | 'source prompt' | 'target prompt';
  /** The words that are not read; null where all are. */
  readonly unread: string | null;
  /** Those that the mask would look at. */
  readonly maskWords?: readonly string[];
}

/**
 * Says which words of a prompt the model does not read.
 * @param subject what the prompt is of where there are several, for machines
 */
export function warnOfUnreadWords(
  log: Log,
  { prompt, unread, maskWords = [] }: UnreadPrompt,
  subject: object = {},
): void {
  if (unread === null) return;
  const ofMask = maskWords.length > 0 ? `, with ${maskWords.map(quoted).join(', ')} of the mask` : '';
  log.warn(
    `the ${prompt} is too long: the model does not read ${quoted(unread)}${ofMask}; shorten it, or give --long-prompts`,
    { ...subject, prompt, unread, maskWords },
  );
}

function quoted(text: string): string {
  return `"${text}"`;
}
