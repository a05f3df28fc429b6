import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * An HTTP proxy on 127.0.0.1, which knows hosts that no name server does, lets tunnels through (CONNECT), and asks for
 * pages of http hosts.
 */
export class ProxyServer {
  /** `CONNECT hub.example:443`, or `GET http://hub.example/path`. */
  readonly log: string[] = [];
  readonly tokens: (string | undefined)[] = [];
  /** `host:port` to the port on 127.0.0.1 that it stands for. */
  readonly hosts = new Map<string, number>();
  /** `user:password` that it wants, or null. */
  credentials: string | null = null;
  /** A status that it answers every request with, or null. */
  refusal: number | null = null;

  private readonly server: Server = createServer((asked, response) => this.forward(asked, response));
  private readonly sockets = new Set<Duplex>();

  constructor() {
    this.server.on('connect', (asked: IncomingMessage, socket: Duplex) => this.tunnel(asked, socket));
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private tunnel(asked: IncomingMessage, socket: Duplex): void {
    this.log.push(`CONNECT ${asked.url}`);
    this.sockets.add(socket.on('error', () => {}));
    const status = this.refuses(asked);
    if (status !== null) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const [host = '', port] = (asked.url ?? '').split(':');
    const target = connect(this.hosts.get(`${host}:${port}`) ?? Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    this.sockets.add(target.on('error', () => socket.destroy()));
  }

  private forward(asked: IncomingMessage, response: ServerResponse): void {
    this.log.push(`${asked.method} ${asked.url}`);
    this.tokens.push(asked.headers.authorization);
    const status = this.refuses(asked);
    if (status !== null) return void response.writeHead(status).end();
    const { hostname, port, pathname, search } = new URL(asked.url ?? '');
    const options = {
      host: '127.0.0.1',
      port: this.hosts.get(`${hostname}:${port || 80}`) ?? Number(port),
      method: asked.method ?? 'GET',
      path: `${pathname}${search}`,
      headers: asked.headers,
    };
    const forwarded = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy()).end();
  }

  private refuses({ headers }: IncomingMessage): number | null {
    if (this.refusal !== null) return this.refusal;
    const wanted = this.credentials && `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    return wanted && headers['proxy-authorization'] !== wanted ? 407 : null;
  }
}
