import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** Answers one request out of the ordinary; called with the content that the ordinary answer would carry. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

export function gitBlobSha1(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/**
 * A hub on 127.0.0.1 with one repository: small files are served by the hub, large ones (`largeFiles`)
 * by a second server that stands for the content host.
 *
 * @param tls the hub's certificate, where its address is https
 */
export class HubServer {
  readonly smallFiles = new Map<string, Buffer>();
  readonly largeFiles = new Map<string, Buffer>();
  /** The next GETs of content, each answered by one fault; after them all is well. */
  readonly contentFaults: Fault[] = [];
  /** The next HEADs, likewise. */
  readonly headFaults: Fault[] = [];
  /** The next listings, likewise. */
  readonly listingFaults: Fault[] = [];
  /** Every request: `HEAD hub /path` or `GET content /path bytes=5-`. */
  readonly log: string[] = [];
  readonly hubTokens: (string | undefined)[] = [];
  readonly contentTokens: (string | undefined)[] = [];
  repository = 'org/model';
  commit = COMMIT;
  /** How often somebody connected to the hub. */
  connections = 0;

  private readonly hub: Server;
  private readonly protocol: 'http' | 'https';
  private readonly content = createServer((request, response) => this.answerContent(request, response));

  constructor(tls?: { readonly key: string; readonly cert: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      this.answerHub(request, response);
    this.hub = tls ? createTlsServer(tls, listener) : createServer(listener);
    this.hub.on('connection', () => this.connections++);
    this.protocol = tls ? 'https' : 'http';
  }

  async start(): Promise<this> {
    for (const server of [this.hub, this.content]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    }
    return this;
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.content]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get endpoint(): string {
    return addressOf(this.hub, this.protocol);
  }

  get port(): number {
    return (this.hub.address() as AddressInfo).port;
  }

  contentRequests(): string[] {
    return this.log.filter((line) => line.startsWith('GET') && !line.includes('-> content'));
  }

  private answerHub(request: IncomingMessage, response: ServerResponse): void {
    this.hubTokens.push(request.headers.authorization);
    const [, repository, path] = /^\/(.+)\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '') ?? [];
    const name = decodeURIComponent(path ?? '');
    const large = this.largeFiles.get(name);
    const content = large ?? this.smallFiles.get(name);
    this.note(request, large && request.method === 'GET' ? 'hub -> content' : 'hub');
    const faults = request.method === 'HEAD' ? this.headFaults : large ? [] : this.contentFaults;
    const isListing = request.url?.startsWith('/api/');
    const answerRequest = isListing
      ? (this.listingFaults.shift() ?? this.listing(request))
      : (faults.shift() ?? this.usual(repository, large));
    answerRequest(request, response, content ?? Buffer.alloc(0));
  }

  /** What the hub's interface says of the repository. */
  private listing({ url }: IncomingMessage): Fault {
    const [, repository] = /^\/api\/models\/(.+)\/revision\/[^/]+\?blobs=true$/.exec(url ?? '') ?? [];
    if (repository !== this.repository) return answer(404, { 'x-error-code': 'RepoNotFound' });
    const small = [...this.smallFiles].map(([name, content]) => ({
      rfilename: name,
      size: content.length,
      blobId: gitBlobSha1(content),
    }));
    const large = [...this.largeFiles].map(([name, content]) => ({
      rfilename: name,
      size: content.length,
      lfs: { sha256: sha256(content), size: content.length, pointerSize: 135 },
    }));
    const tags = ['diffusers', 'license:creativeml-openrail-m'];
    const body = JSON.stringify({ id: repository, sha: this.commit, tags, siblings: [...small, ...large] });
    return (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    };
  }

  private usual(repository: string | undefined, large: Buffer | undefined): Fault {
    if (repository !== this.repository) return answer(404, { 'x-error-code': 'RepoNotFound' });
    return (request, response, content) => {
      const name = decodeURIComponent(/\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '')?.[1] ?? '');
      response.setHeader('x-repo-commit', this.commit);
      if (large) {
        response.setHeader('x-linked-etag', `"${sha256(large)}"`);
        response.setHeader('x-linked-size', large.length);
        response.setHeader('location', `${addressOf(this.content)}/${name}?signature=1`);
        response.writeHead(302).end('Found. Redirecting to the content host');
      } else if (this.smallFiles.has(name)) {
        response.setHeader('etag', `"${gitBlobSha1(content)}"`);
        sendContent(request, response, content);
      } else {
        response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
      }
    };
  }

  private answerContent(request: IncomingMessage, response: ServerResponse): void {
    this.contentTokens.push(request.headers.authorization);
    this.note(request, 'content');
    const name = decodeURIComponent(new URL(request.url ?? '', addressOf(this.content)).pathname.slice(1));
    const content = this.largeFiles.get(name) ?? Buffer.alloc(0);
    response.setHeader('etag', '"an-etag-of-the-content-host"');
    const answerRequest = this.contentFaults.shift() ?? sendContent;
    answerRequest(request, response, content);
  }

  private note(request: IncomingMessage, host: string): void {
    this.log.push([request.method, host, request.url, request.headers.range].filter(Boolean).join(' '));
  }
}

function addressOf(server: Server, protocol = 'http'): string {
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
}

/** A correct answer, with a range where one is requested. */
export function sendContent(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const start = rangeStart(request);
  const body = content.subarray(start);
  const range = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length, ...(start > 0 ? range : {}) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Any status, with the hub's reason. */
export function answer(status: number, headers: Record<string, string> = {}): Fault {
  return (_, response) => {
    response.writeHead(status, headers).end();
  };
}

/**
 * Sends `bytes` of what is requested and cuts the connection, once a reader has had the time to take them: what it has
 * not is lost with the connection.
 */
export function cutAfter(bytes: number): Fault {
  return (request, response, content) => {
    const start = rangeStart(request);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': content.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    response.write(content.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 250));
  };
}

/** Sends `bytes` and then nothing more, with the connection open. */
export function stallAfter(bytes: number): Fault {
  return (_, response, content) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes));
  };
}

/** The whole content with one bit wrong. */
export function flipBit(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const flipped = Buffer.from(content);
  const middle = content.length >> 1;
  flipped.writeUInt8(flipped.readUInt8(middle) ^ 1, middle);
  sendContent(request, response, flipped);
}

/** The whole content although a range was requested. */
export function ignoreRange(_: IncomingMessage, response: ServerResponse, content: Buffer): void {
  response.writeHead(200, { 'content-length': content.length }).end(content);
}
