import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connect } from 'vite';
import { encodeEvent, parseSettings, RunControl } from '../../src/session/index.ts';
import { NO_WORDS, QUICK_FACTS, quickEdit } from './quickEdit.ts';

/** An edit of the server. */
interface Job {
  readonly control: RunControl;
  /** Each event as a line of JSON. */
  readonly lines: string[];
  isEnded: boolean;
  /** Called after each event. */
  onLine: () => void;
}

/** What stands in the place of `lusd studio`, at `api/`, for one page. */
export function quickServer(): Connect.NextHandleFunction {
  const jobs = new Map<string, Job>();
  return (request, response) => void answer(request, response, jobs);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  jobs: Map<string, Job>,
): Promise<void> {
  const [, route = '', id = '', action = ''] = (request.url ?? '').split('/');
  const body = await bodyOf(request);
  if (route === 'status') return send(response, { model: QUICK_FACTS, active: [] });
  if (route === 'words') return send(response, NO_WORDS);
  if (route === 'edits' && id === '') return send(response, { id: await begin(jobs, body, request) });
  const job = jobs.get(id);
  if (!job) return void response.writeHead(404).end(JSON.stringify({ error: { message: `no edit ${id}` } }));
  if (action === 'events') return sendEvents(response, job);
  if (action === 'pause' || action === 'resume' || action === 'stop') job.control[action]();
  send(response, {});
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

async function begin(
  jobs: Map<string, Job>,
  body: Uint8Array<ArrayBuffer>,
  { headers }: IncomingMessage,
): Promise<string> {
  const type = headers['content-type'] ?? '';
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const settings = parseSettings(JSON.parse(String(form.get('settings'))));
  const job: Job = { control: new RunControl(), lines: [], isEnded: false, onLine: () => {} };
  const id = crypto.randomUUID();
  jobs.set(id, job);
  void quickEdit(settings, job.control, (event) => {
    job.lines.push(encodeEvent(event));
    job.isEnded = event.kind === 'done' || event.kind === 'stopped';
    job.onLine();
  });
  return id;
}

function sendEvents(response: ServerResponse, job: Job): void {
  let next = 0;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  job.onLine = () => {
    for (; next < job.lines.length; next++) response.write(`id: ${next}\ndata: ${job.lines[next]}\n\n`);
    if (job.isEnded) response.end();
  };
  job.onLine();
}

function send(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
