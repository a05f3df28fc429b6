import type { IncomingMessage } from 'node:http';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { parseSettings, type StudioSettings } from '@lusd/studio/session';
import { describeError } from '../ui/errors.ts';
import { readForm } from './body.ts';
import { readPictures } from './formPictures.ts';
import { HttpError } from './httpError.ts';
import type { Job, JobQueue } from './jobs.ts';

/** What OpenAI's clients send that has no meaning here. */
const IGNORED = [
  ...['model', 'user', 'quality', 'background', 'input_fidelity', 'output_compression', 'moderation'],
];
const MAX_PICTURES = 10;

/** The answer of OpenAI's `POST /v1/images/edits`. */
export interface ImagesResponse {
  /** Seconds since 1970. */
  readonly created: number;
  readonly data: readonly { readonly b64_json: string }[];
}

/**
 * Edits as OpenAI's interface asks for them: `image`, `mask`, `prompt`, `n`, `size`. Beyond it, `source_prompt` is what
 * the picture shows, and every setting of an edit may be given by its name on the command line with underscores.
 *
 * @param onClose tells when the client has gone, on which the edits are stopped
 * @throws HttpError naming the field that cannot be used
 */
export async function editImages(
  request: IncomingMessage,
  queue: JobQueue,
  onClose: (listener: () => void) => void,
): Promise<ImagesResponse> {
  const form = await readForm(request);
  const field = form.has('image[]') ? 'image[]' : 'image';
  const { image, mask } = await readPictures(form, field);
  const settings = settingsOf(form);
  const jobs: Job[] = [];
  onClose(() => {
    for (const { control } of jobs) control.stop();
  });
  for (let i = 0; i < countOf(form); i++)
    jobs.push(queue.add({ image, mask, settings: { ...settings, seed: settings.seed + i } }));
  const data: { b64_json: string }[] = [];
  for (const job of jobs)
    data.push({ b64_json: Buffer.from(encodePng(await resultOf(job))).toString('base64') });
  return { created: Math.floor(Date.now() / 1000), data };
}

async function resultOf(job: Job): Promise<Image> {
  const end = await job.end();
  if (end.kind === 'done') return end.image;
  if (end.kind === 'failed')
    throw new HttpError(end.failure.kind === 'option' ? 400 : 500, end.failure.message);
  throw new HttpError(503, 'the edit was stopped');
}

function countOf(form: FormData): number {
  const n = Number(textOf(form, 'n') ?? 1);
  if (Number.isInteger(n) && n >= 1 && n <= MAX_PICTURES) return n;
  throw new HttpError(400, `n must be an integer from 1 to ${MAX_PICTURES}`, 'n');
}

function textOf(form: FormData, field: string): string | null {
  const value = form.get(field);
  return typeof value === 'string' ? value : null;
}

/** The fields of a form as settings; an unknown one is refused. */
function settingsOf(form: FormData): StudioSettings {
  if (textOf(form, 'prompt') === null)
    throw new HttpError(400, 'the form has no prompt; say in it what the picture should show', 'prompt');
  refuseOtherForms(form);
  const settings: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [field, value] of form) {
    if (typeof value !== 'string' || IGNORED.includes(field) || OWN.includes(field)) continue;
    const name = NAMES[field] ?? camel(field);
    (SETTINGS.includes(name) ? settings : options)[name] = valueIn(name, value);
  }
  try {
    return parseSettings({ ...settings, options });
  } catch (error) {
    throw new HttpError(400, describeError(error));
  }
}

const OWN = ['n', 'response_format', 'output_format', 'stream', 'partial_images'];
const NAMES: Readonly<Record<string, string>> = {
  prompt: 'target',
  source_prompt: 'source',
  edit_words: 'editWords',
};
const SETTINGS = [
  ...['source', 'target', 'targetIndex', 'editWords', 'targetRule', 'keepBrackets', 'longPrompts', 'seed'],
  ...['rng', 'size', 'fit', 'composite', 'saveStep'],
];
const TEXTS = ['source', 'target', 'targetRule', 'rng', 'fit'];

function camel(field: string): string {
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function valueIn(name: string, text: string): unknown {
  if (TEXTS.includes(name)) return text;
  if (name === 'size') return sizeOf(text);
  if (name === 'targetIndex') return text === 'none' ? [] : text.split(',').map(Number);
  if (name === 'editWords') return text.split(',').map((word) => word.trim());
  return text === 'true' ? true : text === 'false' ? false : Number(text);
}

function sizeOf(text: string): unknown {
  if (text === 'auto') return null;
  const [, width, height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (width === undefined) return text;
  return height === undefined || height === width ? Number(width) : [Number(width), Number(height)];
}

function refuseOtherForms(form: FormData): void {
  const format = textOf(form, 'response_format') ?? 'b64_json';
  if (format !== 'b64_json')
    throw new HttpError(
      400,
      'pictures are answered as b64_json alone; ask for that response_format',
      'response_format',
    );
  if ((textOf(form, 'output_format') ?? 'png') !== 'png')
    throw new HttpError(400, 'pictures are answered as png alone', 'output_format');
  if ((textOf(form, 'stream') ?? 'false') !== 'false')
    throw new HttpError(
      400,
      'this interface does not stream; follow /api/edits/{id}/events instead',
      'stream',
    );
}
