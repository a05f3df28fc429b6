import type { IncomingMessage } from 'node:http';
import { HttpError } from './httpError.ts';

/** Bytes of a request that are read: pictures and masks are far below. */
const MAX_BODY = 64 * 2 ** 20;

/** The bytes of a request. @throws HttpError 413 for more than {@link MAX_BODY} */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  checkLength(request);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @throws HttpError 400 if it is not JSON, or 413 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'the request is not valid JSON');
  }
}

/** The fields of a form with files (multipart/form-data). @throws HttpError 400 if it is none, or 413 */
export async function readForm(request: IncomingMessage): Promise<FormData> {
  checkLength(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data'))
    throw new HttpError(400, 'the request must be a form with files (multipart/form-data)');
  const body = new Uint8Array(await readBody(request));
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new HttpError(400, 'the form is damaged or was cut off');
  });
  for (const [field, value] of form) if (typeof value !== 'string') checkName(field, value.name);
  return form;
}

/** Names of files are never used; one with a path in it is no browser's. @throws HttpError 400 */
function checkName(field: string, name: string): void {
  if (/[/\\\0]/.test(name) || name === '..')
    throw new HttpError(400, `the file's name '${name}' has a path in it; send a name alone`, field);
}

/** Refuses at once what says itself that it is too large. @throws HttpError 413 */
function checkLength({ headers }: IncomingMessage): void {
  if (Number(headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge();
}

function tooLarge(): HttpError {
  return new HttpError(413, `the request is larger than ${MAX_BODY / 2 ** 20} MiB; send a smaller picture`);
}
