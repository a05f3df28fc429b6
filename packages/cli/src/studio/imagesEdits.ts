import type { IncomingMessage } from 'node:http';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { readForm } from './body.ts';
import { readPictures } from './formPictures.ts';
import { settingsOf, textOf } from './formSettings.ts';
import { HttpError } from './httpError.ts';
import type { Job, JobQueue } from './jobs.ts';

const MAX_PICTURES = 10;

/** The answer of OpenAI's `POST /v1/images/edits`. */
export interface ImagesResponse {
  /** Seconds since 1970. */
  readonly created: number;
  readonly data: readonly { readonly b64_json: string }[];
}

/**
 * Edits as OpenAI's interface asks for them: `image`, `mask`, `prompt`, `n`, `size`. Beyond it, `source_prompt` is what
 * the picture shows, `method` how it is edited, and every setting of an edit may be given by its name on the command
 * line with underscores.
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
  refuseOtherForms(form);
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
