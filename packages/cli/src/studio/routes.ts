import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StableDiffusion } from '@lusd/sd-models';
import {
  failureOf,
  type ModelFacts,
  markWords,
  parseSettings,
  type StudioSettings,
} from '@lusd/studio/session';
import { readForm, readJson } from './body.ts';
import { sendEvents } from './eventStream.ts';
import { readPictures } from './formPictures.ts';
import { HttpError } from './httpError.ts';
import { editImages } from './imagesEdits.ts';
import type { JobQueue } from './jobs.ts';
import type { KeptPictures } from './keptPictures.ts';
import openapi from './openapi.json' with { type: 'json' };

/** What answers are made from. */
export interface Desk {
  readonly model: StableDiffusion;
  readonly facts: ModelFacts;
  readonly queue: JobQueue;
  /** Those that were answered as addresses. */
  readonly pictures: KeptPictures;
}

/** A request for one of the routes. */
interface Call extends Desk {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the path names in the place of `{id}`; empty where it names nothing. */
  readonly id: string;
}

/** Answers with what it returns, as JSON, or by itself where that is undefined. */
type Answer = (call: Call) => Promise<object | undefined> | object | undefined;

/** Every route of the interface, as openapi.json describes them. */
const ROUTES: Readonly<Record<string, Answer>> = {
  'GET /openapi.json': () => openapi,
  'GET /api/status': ({ facts, queue }) => ({ model: facts, active: queue.active.map(({ id }) => id) }),
  'POST /api/words': ({ request, model }) =>
    refusing(async () => markWords(model.tokenizer, parseSettings(await readJson(request)))),
  'POST /api/edits': async ({ request, queue }) => {
    const form = await readForm(request);
    const settings = await refusing(async () => settingsIn(form));
    return { id: queue.add({ ...(await readPictures(form)), settings }).id };
  },
  'GET /api/edits/{id}/events': ({ request, response, queue, id }) => {
    sendEvents(request, response, queue.get(id));
    return undefined;
  },
  'POST /api/edits/{id}/pause': ({ queue, id }) => controlled(queue, id, 'pause'),
  'POST /api/edits/{id}/resume': ({ queue, id }) => controlled(queue, id, 'resume'),
  'POST /api/edits/{id}/stop': ({ queue, id }) => controlled(queue, id, 'stop'),
  'GET /v1/models': ({ facts }) => ({
    object: 'list',
    data: [{ id: facts.name, object: 'model', created: 0, owned_by: 'lusd' }],
  }),
  'POST /v1/images/edits': ({ request, response, queue, pictures }) =>
    editImages(request, response, { queue, pictures }),
  'GET /v1/pictures/{id}': ({ response, pictures, id }) => {
    const png = pictures.get(id);
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length }).end(png);
    return undefined;
  },
};

/** Whether a path is shown only to who has the token: a kept picture's name is as hard to guess. */
export function needsToken(path: string): boolean {
  return !path.startsWith('/v1/pictures/');
}

/** The names of the routes, for the test that all of them are described. */
export const ROUTE_NAMES = Object.keys(ROUTES);

const ID = '[0-9a-f-]{36}';
const PATTERNS = ROUTE_NAMES.map((name) => {
  const [method, path = ''] = name.split(' ');
  return { name, method, pattern: new RegExp(`^${path.replace('{id}', `(${ID})`)}$`) };
});

/**
 * The answer to a request; undefined where it was given already.
 * @throws HttpError 404 for another path, 405 for another method
 */
export async function answer(path: string, call: Omit<Call, 'id'>): Promise<object | undefined> {
  const fitting = PATTERNS.filter(({ pattern }) => pattern.test(path));
  if (fitting.length === 0) throw new HttpError(404, `there is no ${path}; see /openapi.json`);
  const route = fitting.find(({ method }) => method === call.request.method);
  if (!route)
    throw new HttpError(405, `${path} takes ${fitting.map(({ method }) => method).join(', ')} alone`);
  const id = route.pattern.exec(path)?.[1] ?? '';
  return ROUTES[route.name]?.({ ...call, id });
}

function controlled(queue: JobQueue, id: string, action: 'pause' | 'resume' | 'stop'): object {
  const job = queue.get(id);
  job.control[action]();
  return { id, action };
}

function settingsIn(form: FormData): StudioSettings {
  const text = form.get('settings');
  if (typeof text !== 'string')
    throw new HttpError(400, "the form has no 'settings'; send them as JSON", 'settings');
  return parseSettings(JSON.parse(text));
}

/** Wrong settings are the client's mistake. @throws HttpError 400 */
async function refusing<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const { kind, message } = failureOf(error);
    throw kind === 'option' || error instanceof SyntaxError ? new HttpError(400, message, 'settings') : error;
  }
}
