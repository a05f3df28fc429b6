import type { Log } from './log.ts';

/** A prompt whose end the model does not read. */
export interface UnreadPrompt {
  /** Which of the command's prompts this is. */
  readonly prompt: 'prompt' | 'negative prompt' | 'source prompt' | 'target prompt';
  /** The words that are not read; null if all are. */
  readonly unread: string | null;
  /** Those that the mask would have used. */
  readonly maskWords?: readonly string[];
}

/**
 * Warns about the words of a prompt that the model does not read.
 * @param subject what the prompt belongs to if there are several, for programs
 */
export function warnOfUnreadWords(
  log: Log,
  { prompt, unread, maskWords = [] }: UnreadPrompt,
  subject: object = {},
): void {
  if (unread === null) return;
  const ofMask = maskWords.length > 0 ? `, with ${maskWords.map(quoted).join(', ')} of the mask` : '';
  log.warn(
    `the ${prompt} is too long: the model does not read ${quoted(unread)}${ofMask}; shorten it, or use --long-prompts`,
    { ...subject, prompt, unread, maskWords },
  );
}

function quoted(text: string): string {
  return `"${text}"`;
}
