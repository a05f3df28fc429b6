import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { CONTENT_SECURITY_POLICY } from '@lusd/studio/session';
import { CliError, describeError } from '../ui/errors.ts';
import { checkOrigin, checkToken, type Guard } from './guard.ts';
import { HttpError } from './httpError.ts';
import type { PageFile } from './pageFiles.ts';
import { answer, type Desk, needsToken } from './routes.ts';

/** Who asks over the network never reaches it. */
const HOST = '127.0.0.1';

export interface ServerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly token: string;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly desk: Desk;
  /** Told of what went wrong inside. */
  readonly warn: (message: string) => void;
}

/** A server that answers. */
export interface StudioServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves the page and its interface on this machine alone.
 * @throws CliError if the port is taken
 */
export async function startServer(options: ServerOptions): Promise<StudioServer> {
  const guard = { port: options.port, token: options.token };
  const server = createServer((request, response) => void respond(request, response, guard, options));
  guard.port = await listening(server, options.port);
  return {
    port: guard.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  options: ServerOptions,
): Promise<void> {
  setHeaders(response);
  try {
    checkOrigin(request.headers, guard);
    const address = new URL(request.url ?? '/', `http://${HOST}`);
    const path = address.pathname === '/' ? '/index.html' : address.pathname;
    const file = request.method === 'GET' ? options.files.get(path) : undefined;
    // The page's scripts are public; the page itself is not shown to who cannot use it.
    if (file ? path === '/index.html' : needsToken(path)) checkToken(request.headers, address, guard);
    if (file) return void response.writeHead(200, { 'content-type': file.type }).end(file.bytes);
    const body = await answer(path, { ...options.desk, request, response });
    if (body) sendJson(response, 200, body);
  } catch (error) {
    refuse(request, response, error, options.warn);
  }
}

function setHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', `${CONTENT_SECURITY_POLICY}; frame-ancestors 'none'`);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'no-store');
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  warn: (message: string) => void,
): void {
  const refusal = error instanceof HttpError ? error : new HttpError(500, describeError(error));
  if (refusal.status === 500) warn(refusal.message);
  // An answer of events has told it.
  if (response.writableEnded) return;
  if (response.headersSent || response.destroyed) return void response.destroy();
  // What is still being sent is not read.
  if (!request.complete) response.setHeader('connection', 'close');
  sendJson(response, refusal.status, refusal.body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new CliError(`the port ${port} is taken; stop what uses it, or choose another with --port`)
          : error,
      ),
    );
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
