import type { ServerResponse } from 'node:http';
import type { Image } from '@lusd/sd-models';
import { encodePng } from '@lusd/sd-models/node';
import { describeError } from '../ui/errors.ts';
import { openEventStream } from './eventStream.ts';
import { HttpError } from './httpError.ts';
import { eventsOf, type Job, refuse } from './jobs.ts';

/** A picture of an event of OpenAI's, on its way and at the end. */
interface PictureFields {
  readonly b64_json: string;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** Width x height. */
  readonly size: string;
  readonly quality: 'auto';
  readonly background: 'opaque';
  readonly output_format: 'png';
}

/** OpenAI's clients require it; nothing is counted in tokens here. */
const USAGE = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  input_tokens_details: { image_tokens: 0, text_tokens: 0 },
};

/**
 * Answers with OpenAI's events of an edit: `image_edit.partial_image` for previews, and `image_edit.completed`. The
 * pictures of several edits follow one another.
 * @param partialImages previews before each picture, at most
 * @throws HttpError where an edit fails; the client was told in an event, and the answer has ended, if it had begun
 */
export async function streamImages(
  response: ServerResponse,
  jobs: readonly Job[],
  partialImages: number,
): Promise<void> {
  try {
    for (const job of jobs) await streamImage(response, job, partialImages);
  } catch (error) {
    if (response.headersSent) {
      const refusal = error instanceof HttpError ? error : new HttpError(500, describeError(error));
      send(response, 'error', refusal.body);
      response.end();
    }
    throw error;
  }
  response.end();
}

async function streamImage(response: ServerResponse, job: Job, partialImages: number): Promise<void> {
  const { saveStep } = job.work.settings;
  // The first step's preview is hardly more than the source; where each step has one, there are few.
  const first = saveStep === 1 ? 0 : saveStep;
  let [last, sent] = [0, 0];
  for await (const event of eventsOf(job)) {
    if (event.kind === 'failed' || event.kind === 'stopped') refuse(event);
    // The status still tells of an edit that could not begin.
    if (!response.headersSent) openEventStream(response);
    if (event.kind === 'started') last = event.numSteps - 1;
    if (event.kind === 'done')
      send(response, 'image_edit.completed', { ...pictureFields(event.image), usage: USAGE });
    const isOnItsWay = event.kind === 'preview' && event.iteration >= first && event.iteration < last;
    if (isOnItsWay && sent < partialImages)
      send(response, 'image_edit.partial_image', {
        ...pictureFields(event.image),
        partial_image_index: sent++,
      });
  }
}

function pictureFields(image: Image): PictureFields {
  return {
    b64_json: Buffer.from(encodePng(image)).toString('base64'),
    created_at: Math.floor(Date.now() / 1000),
    size: `${image.width}x${image.height}`,
    quality: 'auto',
    background: 'opaque',
    output_format: 'png',
  };
}

/** A client that has gone is told nothing. */
function send(response: ServerResponse, type: string, fields: object): void {
  const data = type === 'error' ? fields : { type, ...fields };
  if (!response.destroyed) response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
