import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answers, Reply, Request } from './protocol.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const TIMEOUT_MS = 180_000;
const STDERR_KEPT = 2000;

/** A child process that runs one library. After a crash or a timeout it is of no further use. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private stderr = '';
  private exit: string | null = null;

  constructor() {
    this.child = fork(WORKER, [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-STDERR_KEPT);
    });
    this.child.on('exit', (code, signal) => {
      this.exit = signal ? `the process died of ${signal}` : `the process exited with code ${code}`;
    });
  }

  get alive(): boolean {
    return this.exit === null;
  }

  /** @throws Error with the worker's reason, or saying that it crashed or did not answer in time */
  ask<K extends Request['ask']>(request: Request & { ask: K }): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.child.off('message', onReply).off('close', onClose);
        finish();
      };
      const onReply = (reply: Reply) =>
        settle(() =>
          'error' in reply ? reject(new Error(reply.error)) : resolve(reply.answer as Answers[K]),
        );
      const onClose = () => settle(() => reject(new Error(`${this.exit}${this.lastWords()}`)));
      const timer = setTimeout(() => {
        this.kill();
        settle(() => reject(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      }, TIMEOUT_MS);
      this.child.on('message', onReply).on('close', onClose);
      this.child.send(request, (error) => error && this.exit && onClose());
    });
  }

  kill(): void {
    this.exit ??= 'the process was stopped';
    this.child.kill('SIGKILL');
  }

  private lastWords(): string {
    const line = this.stderr
      .trim()
      .split('\n')
      .findLast((text) => /error|fail|abort/i.test(text));
    return line ? `: ${line.trim()}` : '';
  }
}
