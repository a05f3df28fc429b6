import * as v from 'valibot';
import { CliError } from '../ui/errors.ts';

/** The file's name, in the folder `.cache/{name}/` of a result `{name}.png`. */
export const RECORD_FILE = 'edit.json';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const scalar = v.union([v.number(), v.boolean(), v.string(), v.null()]);

const step = v.object({
  iteration: count,
  timestep: count,
  /** Draws it took, the accepted one included. */
  attempts: count,
  /** Standard deviation of the gradient; null where the method has none. */
  std: v.nullable(v.number()),
  /** What `std` had to reach; null where the method has no filter. */
  threshold: v.nullable(v.number()),
  /** Whether no draw reached the threshold, so that the last one was used. */
  exhausted: v.boolean(),
});

const record = v.object({
  version: v.literal(1),
  method: v.string(),
  /** The method's options, by their names in TypeScript. */
  options: v.record(v.string(), scalar),
  /** The picture's path, as it was given; null for one without a file. */
  image: v.nullable(v.string()),
  prompts: v.object({ source: v.string(), target: v.string() }),
  /** Words of the target prompt that the mask was made from. */
  words: v.array(v.string()),
  seed: count,
  /** Which of torch's generators drew. */
  rng: v.string(),
  weights: v.string(),
  /** Of the weights on the device; null where nothing was loaded. */
  dtype: v.nullable(v.string()),
  device: v.nullable(v.string()),
  /** Width and height of the result; null where there is none. */
  size: v.nullable(v.tuple([count, count])),
  /** The picture as it was edited, cut and resized. Files are named from this folder. */
  source: v.nullable(v.string()),
  /** Where the last step could change the picture: white. */
  mask: v.nullable(v.string()),
  previews: v.array(v.object({ iteration: count, file: v.string() })),
  steps: v.array(step),
  result: v.nullable(v.object({ file: v.string(), sha256: v.string() })),
  /** Why there is no result; null if there is one. */
  error: v.nullable(v.string()),
});

/** How an edit went: the content of `edit.json`. Nothing in it depends on when or how fast it ran. */
export type EditRecord = Readonly<v.InferOutput<typeof record>>;
export type StepRecord = EditRecord['steps'][number];

/** The file's content. */
export function formatRecord(record: EditRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** @param path for messages @throws CliError if the text is not such a record */
export function parseRecord(text: string, path: string): EditRecord {
  const result = v.safeParse(record, parseJson(text, path));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  const what = where === null ? '' : ` at ${where}`;
  throw new CliError(
    `${path} is not a record of an edit${what}: ${lowerFirst(issue.message)}; remove it, or make the edit again`,
  );
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${path} is not valid JSON: ${reason}; remove it, or make the edit again`, { cause });
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
