import { setTimeout as sleep } from 'node:timers/promises';
import type { Headers } from 'undici';
import type { HubError } from '../../hub/errors.ts';

/** How often and after what pause a failed request is made again. */
export interface RetryPolicy {
  /** Attempts after the first that may fail in a row without a byte of progress. */
  readonly retries: number;
  /** Pause before the first retry, in ms; it doubles with every further one. */
  readonly delay: number;
  /** Longest pause, in ms. */
  readonly maxDelay: number;
}

export const DEFAULT_RETRY: RetryPolicy = { retries: 5, delay: 1000, maxDelay: 30_000 };

/** A server's Retry-After beyond this, in ms, ends the download: nobody waits longer at a terminal. */
const LONGEST_RETRY_AFTER = 5 * 60 * 1000;

/** A failure that may pass; `error` is what the caller sees if it does not. */
export class TransientFailure extends Error {
  readonly error: HubError;
  /** The pause that the server asked for, in ms. */
  readonly retryAfter: number;
  /** Whether bytes arrived before it: then the count of failures restarts. */
  readonly progressed: boolean;

  constructor(error: HubError, { retryAfter = 0, progressed = false } = {}) {
    super(error.message, { cause: error });
    this.error = error;
    this.retryAfter = retryAfter;
    this.progressed = progressed;
  }
}

/**
 * Repeats `attempt` while it throws a TransientFailure and the policy allows.
 *
 * @throws the last failure's `error`, any other error of `attempt`, or the signal's reason.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  signal?: AbortSignal,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (failure) {
      signal?.throwIfAborted();
      if (!(failure instanceof TransientFailure)) throw failure;
      if (failure.progressed) failures = 0;
      if (failures >= policy.retries || failure.retryAfter > LONGEST_RETRY_AFTER) throw failure.error;
      const backoff = Math.min(policy.maxDelay, policy.delay * 2 ** failures);
      await pause(Math.max(backoff, failure.retryAfter), signal);
    }
  }
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (!signal) return sleep(milliseconds);
  // An aborted sleep rejects with an error of its own; what the caller should see is the signal's reason.
  await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** A Retry-After header, seconds or a date, in ms from now; 0 if there is none. */
export function retryAfterOf(headers: Headers): number {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}
