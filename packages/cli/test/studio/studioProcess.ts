import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BIN, SHAPES } from '../lusd.ts';

/** A key for programs, so that a server that is started again takes it, too. */
export const TOKEN = 'a-token-of-the-tests';

/** `lusd studio` in a process of its own. */
export class StudioProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    /** With the token in it. */
    readonly address: string,
  ) {}

  /** Starts it and waits until it answers. @param port 0 for any that is free */
  static async start(port = 0): Promise<StudioProcess> {
    const args = [BIN, 'studio', '--weights', SHAPES, '--port', String(port), '--json'];
    const env = { ...process.env, LUSD_STUDIO_TOKEN: TOKEN };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const { port: found, address } = await ready(child);
    return new StudioProcess(child, found, address);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A request with the token. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.origin + path, {
      ...init,
      headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
    });
  }

  /** Ends it by a signal. @returns its exit code, null if the signal ended it */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const closed = once(this.child, 'close');
    this.child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }
}

/** The event that says where it listens. @throws Error with what it wrote if it ends before */
function ready(child: ChildProcess): Promise<{ port: number; address: string }> {
  return new Promise((resolve, reject) => {
    let written = '';
    const read = (text: string) => {
      written += text;
      const line = written.split('\n').find((line) => line.includes('"event":"ready"'));
      if (line) resolve(JSON.parse(line) as { port: number; address: string });
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', read);
    child.once('close', () => reject(new Error(`lusd studio ended: ${written}`)));
  });
}
