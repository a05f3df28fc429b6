import { SingleBar } from 'cli-progress';
import type { Log } from './log.ts';

/** One line on the terminal: bar, speed, time left and a note. Shows nothing elsewhere or with --json. */
export class Progress {
  private readonly bar: SingleBar | null;
  private readonly unit: string;
  private readonly started = performance.now();

  constructor(
    private readonly log: Log,
    total: number,
    { label = '', unit = 'it' }: { readonly label?: string; readonly unit?: string } = {},
  ) {
    this.unit = unit;
    this.bar = log.json || !log.stderr.isTTY ? null : makeBar(log.stderr, label);
    if (!this.bar) return;
    this.bar.start(total, 0, { speed: `- ${unit}/s`, note: '' });
    log.hasBar = true;
  }

  /**
   * @param done how much of the total
   * @param total where it is another one than before
   */
  update(done: number, note = '', total?: number): void {
    const seconds = (performance.now() - this.started) / 1000;
    const speed = `${(done / Math.max(seconds, 1e-3)).toPrecision(3)} ${this.unit}/s`;
    if (total !== undefined) this.bar?.setTotal(total);
    this.bar?.update(done, { speed, note });
  }

  stop(): void {
    this.bar?.stop();
    this.log.hasBar = false;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

function makeBar(stream: NodeJS.WritableStream, label: string): SingleBar {
  return new SingleBar({
    format: `${label && `${label} `}[{bar}] {value}/{total} | {speed} | {eta_formatted} left{note}`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    gracefulExit: false,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    barsize: 24,
    etaBuffer: 20,
  });
}
