/**
 * Attempts after which an iteration accepts the last draw: the threshold is then below 5e-5 of its start. The released
 * program continues until the threshold underflows, after about 73,600 attempts.
 */
export const MAX_ATTEMPTS = 1000;

/** When a gradient is strong enough. */
export interface FilterOptions {
  /** Standard deviation that a gradient must reach at each iteration's first attempt. */
  readonly threshold: number;
  /** Factor on the threshold after a rejected attempt. */
  readonly thresholdDecayRate: number;
}

/** What the filter says of a gradient. */
export interface Strength {
  /** The standard deviation that it had to reach. */
  readonly threshold: number;
  /** True if no draw reached the threshold and the last one was accepted. */
  readonly exhausted: boolean;
  readonly accepted: boolean;
}

/**
 * Rejects weak gradients: the standard deviation must reach a threshold that is reset at every iteration and decays with
 * every rejected draw (section 3.3 of LUSD's paper). A gradient of zeros is taken at once, since equal prompts can give
 * no other. A threshold of 0 takes every draw.
 */
export class Filter {
  private threshold = 0;

  constructor(private readonly options: FilterOptions) {}

  /** @param attempt from 0; attempts are judged one after the other */
  judge(std: number, attempt: number): Strength {
    if (attempt === 0) this.threshold = this.options.threshold;
    const { threshold } = this;
    const reached = std >= threshold || std === 0;
    const exhausted = !reached && attempt === MAX_ATTEMPTS - 1;
    this.threshold *= this.options.thresholdDecayRate;
    return { threshold, exhausted, accepted: reached || exhausted };
  }
}
