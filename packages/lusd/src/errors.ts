/** Base of the errors that this package throws; the message is one sentence that says what to do. */
export class LusdError extends Error {
  override name = 'LusdError';
}

/** An option whose value cannot be used. */
export class OptionError extends LusdError {
  override name = 'OptionError';

  /**
   * @param option the option's name in its options object, such as `numSteps`
   * @param reason what is wrong and what to do, worded to follow the option's name: `must be at least 1, but is 0`
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

/** The model's output is not finite. */
export class PredictionError extends LusdError {
  override name = 'PredictionError';
}

/** Results cannot be compared with their ground truth: files are missing or are not what MagicBrush has. */
export class MetricsError extends LusdError {
  override name = 'MetricsError';
}
