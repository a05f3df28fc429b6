/** Base of every error this package throws on purpose; the message is one sentence with the remedy. */
export class LusdError extends Error {
  override name = 'LusdError';
}

/** An option, or a combination of options, that an edit cannot run with. */
export class OptionError extends LusdError {
  override name = 'OptionError';
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
