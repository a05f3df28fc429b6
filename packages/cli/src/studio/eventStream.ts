import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Job } from './jobs.ts';

/** Between signs of life, in milliseconds. */
const HEARTBEAT = 15_000;

/** Begins an answer of server-sent events, with signs of life until it ends. */
export function openEventStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.write(': \n\n');
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT);
  response.on('close', () => clearInterval(heartbeat));
}

/**
 * Sends an edit's events as server-sent events, from the first or from after the one that the client has, and ends with
 * the last.
 */
export function sendEvents(request: IncomingMessage, response: ServerResponse, job: Job): void {
  let next = Number(request.headers['last-event-id'] ?? -1) + 1 || 0;
  openEventStream(response);
  const send = () => {
    for (; next < job.events.length; next++) response.write(`id: ${next}\ndata: ${job.events[next]}\n\n`);
    if (job.ended) response.end();
  };
  response.on('close', job.onEvent(send));
  send();
}
