import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodePng } from '@lusd/sd-models/node';
import { type ImagesRequest, readImagesForm } from './imagesForm.ts';
import { streamImages } from './imagesStream.ts';
import { type Job, type JobQueue, resultOf } from './jobs.ts';
import type { KeptPictures } from './keptPictures.ts';

/** The answer of OpenAI's `POST /v1/images/edits`. */
interface ImagesResponse {
  /** Seconds since 1970. */
  readonly created: number;
  readonly data: readonly ({ readonly b64_json: string } | { readonly url: string })[];
}

/** What pictures are made with, and kept in. */
interface Studio {
  readonly queue: JobQueue;
  readonly pictures: KeptPictures;
}

/**
 * Edits as OpenAI's interface asks for them: `image`, `mask`, `prompt`, `n`, `size`, `response_format`, `stream`,
 * `partial_images`. Beyond it, `source_prompt` is what the picture shows, `method` how it is edited, and every setting
 * of an edit may be given by its name on the command line with underscores. Where the client goes, the edits are stopped.
 *
 * @returns the answer; undefined where it was given as events
 * @throws HttpError naming the field that cannot be used
 */
export async function editImages(
  request: IncomingMessage,
  response: ServerResponse,
  { queue, pictures }: Studio,
): Promise<ImagesResponse | undefined> {
  const asked = await readImagesForm(request);
  const jobs: Job[] = [];
  response.on('close', () => {
    for (const { control } of jobs) control.stop();
  });
  for (let i = 0; i < asked.count; i++) jobs.push(queue.add(workOf(asked, i)));
  if (asked.partialImages !== null) {
    await streamImages(response, jobs, asked.partialImages);
    return undefined;
  }
  const files: Buffer[] = [];
  for (const job of jobs) files.push(Buffer.from(encodePng(resultOf(await job.end()))));
  const addressOf = (png: Buffer) => `http://${request.headers.host}/v1/pictures/${pictures.add(png)}`;
  const data = files.map((png) =>
    asked.format === 'url' ? { url: addressOf(png) } : { b64_json: png.toString('base64') },
  );
  return { created: Math.floor(Date.now() / 1000), data };
}

function workOf({ image, mask, settings }: ImagesRequest, index: number) {
  return { image, mask, settings: { ...settings, seed: settings.seed + index } };
}
