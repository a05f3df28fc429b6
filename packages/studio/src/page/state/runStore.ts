import { computed, signal } from '@preact/signals';
import type { Engine, RunningEdit } from '../../engine/engine.ts';
import { type EditEvent, failureOf, type StudioSettings } from '../../session/index.ts';
import { stepsOf } from '../../session/method.ts';
import type { HistoryEntry } from '../history/database.ts';
import type { HistoryStore, KeptJob } from './historyStore.ts';
import { advanced, isActive, newRun, type Run } from './run.ts';

/** The pictures of an edit that starts. */
type Inputs = Pick<KeptJob, 'picture' | 'mask'>;

/** The edit on the screen, and what can be done with one that runs. */
export class RunStore {
  readonly run = signal<Run | null>(null);
  readonly isActive = computed(() => this.run.value !== null && isActive(this.run.value));
  private running: RunningEdit | null = null;
  /** Whether an edit was stopped before it ran. */
  private isStopped = false;

  constructor(
    private readonly engine: Engine,
    private readonly history: HistoryStore,
  ) {}

  /** Starts an edit, kept in the history from its first moment. @param inputs its pictures, once they are drawn */
  async start(settings: StudioSettings, inputs: Promise<Inputs>, weights: string): Promise<void> {
    const id = crypto.randomUUID();
    this.run.value = newRun(id, stepsOf(settings));
    await this.following(id, async (onEvent) => {
      const job = { ...(await inputs), settings };
      await this.history.begin(id, job, weights);
      return this.engine.edit(job, onEvent);
    });
  }

  /** Goes on following an edit that was running when its page was left. @returns whether the engine knows it */
  async attach(entry: HistoryEntry): Promise<boolean> {
    const { id, runId, settings } = entry;
    if (runId === null) return false;
    this.run.value = newRun(id, stepsOf(settings));
    return this.following(id, (onEvent) => this.engine.attach(runId, onEvent));
  }

  pause(): void {
    this.running?.pause();
    this.setStatus('paused');
  }

  resume(): void {
    this.running?.resume();
    this.setStatus('running');
  }

  stop(): void {
    this.isStopped = true;
    this.running?.stop();
  }

  /** Shows an edit of the history. */
  show(run: Run): void {
    if (!this.isActive.value) this.run.value = run;
  }

  clear(): void {
    if (!this.isActive.value) this.run.value = null;
  }

  private async following(
    id: string,
    begin: (onEvent: (event: EditEvent) => void) => Promise<RunningEdit | null>,
  ): Promise<boolean> {
    const onEvent = (event: EditEvent) => this.receive(id, event);
    this.running = null;
    this.isStopped = false;
    try {
      this.running = await begin(onEvent);
    } catch (error) {
      onEvent({ kind: 'failed', failure: failureOf(error) });
      return true;
    }
    if (this.isStopped) this.running?.stop();
    if (this.running) await this.history.setRunId(id, this.running.id);
    else this.run.value = null;
    return this.running !== null;
  }

  private receive(id: string, event: EditEvent): void {
    const { value: run } = this.run;
    if (run?.id !== id) return;
    this.run.value = advanced(run, event);
    this.history.record(id, event, this.run.value);
  }

  private setStatus(status: 'running' | 'paused'): void {
    const { value: run } = this.run;
    if (run && isActive(run)) this.run.value = { ...run, status };
  }
}
