import type { IncomingMessage } from 'node:http';
import { type StudioSettings, stepsOf } from '@lusd/studio/session';
import { readForm } from './body.ts';
import { type FormPictures, readPictures } from './formPictures.ts';
import { settingsOf, textOf } from './formSettings.ts';
import { HttpError } from './httpError.ts';

const MAX_PICTURES = 10;
const MAX_PARTIAL = 3;

/** What a form of OpenAI's `POST /v1/images/edits` asks for. */
export interface ImagesRequest extends FormPictures {
  readonly settings: StudioSettings;
  /** Pictures, with a seed each. */
  readonly count: number;
  /** Whether the answer has the pictures, or addresses of them. */
  readonly format: 'b64_json' | 'url';
  /** Previews before each picture, in an answer of server-sent events; null for one answer at the end. */
  readonly partialImages: number | null;
}

/** @throws HttpError naming the field that is missing or cannot be used */
export async function readImagesForm(request: IncomingMessage): Promise<ImagesRequest> {
  const form = await readForm(request);
  const field = form.has('image[]') ? 'image[]' : 'image';
  const pictures = await readPictures(form, field);
  choice(form, 'output_format', ['png']);
  const format = choice(form, 'response_format', ['b64_json', 'url']);
  const isStream = choice(form, 'stream', ['false', 'true']) === 'true';
  if (isStream && format === 'url')
    throw new HttpError(
      400,
      'events have pictures as b64_json alone; omit response_format, or ask without stream',
      'response_format',
    );
  const partialImages = integer(form, 'partial_images', 0, [0, MAX_PARTIAL]);
  const settings = settingsOf(form);
  const every = form.has('save_step') ? settings.saveStep : spread(settings, isStream ? partialImages : 0);
  return {
    ...pictures,
    settings: { ...settings, saveStep: every },
    count: integer(form, 'n', 1, [1, MAX_PICTURES]),
    format,
    partialImages: isStream ? partialImages : null,
  };
}

/** Iterations between previews, of which so many are wanted: each one costs a pass of the VAE. */
function spread(settings: StudioSettings, previews: number): number {
  return Math.max(1, Math.ceil(stepsOf(settings) / (previews + 1)));
}

/** A field's value; where it is missing, the first of what it may be. @throws HttpError 400 */
function choice<Value extends string>(form: FormData, field: string, values: readonly [Value, ...Value[]]) {
  const text = textOf(form, field) ?? values[0];
  const value = values.find((value) => value === text);
  if (value !== undefined) return value;
  throw new HttpError(400, `${field} must be ${values.join(' or ')}, but is '${text}'`, field);
}

function integer(
  form: FormData,
  field: string,
  otherwise: number,
  [least, most]: readonly [least: number, most: number],
): number {
  const value = Number(textOf(form, field) ?? otherwise);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new HttpError(400, `${field} must be an integer from ${least} to ${most}`, field);
}
