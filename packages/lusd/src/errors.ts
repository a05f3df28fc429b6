/** Base of every error this package throws on purpose; the message is one sentence that says what to do. */
export class LusdError extends Error {
  override name = 'LusdError';
}

/** An option that an edit cannot run with. */
export class OptionError extends LusdError {
  override name = 'OptionError';

  /**
   * @param option the option's name in its options object, such as `numSteps`
   * @param reason what is wrong with it and what to do, so that it can follow the name: `must be at least 1, but is 0`
   */
  constructor(
    readonly option: string,
    readonly reason: string,
  ) {
    super(`option ${option} ${reason}`);
  }
}

/** The files of a part-of-speech model are missing or are not what NLTK writes. */
export class TaggerModelError extends LusdError {
  override name = 'TaggerModelError';
}

/** The model gave numbers that are not finite. */
export class PredictionError extends LusdError {
  override name = 'PredictionError';
}

/** Results cannot be compared with their ground truth: files are missing or are not what MagicBrush has. */
export class MetricsError extends LusdError {
  override name = 'MetricsError';
}
