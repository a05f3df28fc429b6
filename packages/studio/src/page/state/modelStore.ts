import { signal } from '@preact/signals';
import type { Engine, KeptWeights, PullProgress, PullRequest, WeightsSource } from '../../engine/engine.ts';
import { type Failure, failureOf, type ModelFacts, type ModelSettings } from '../../session/index.ts';

/** What is known of the weights that are open. */
export type ModelState =
  | { readonly kind: 'opening'; readonly name: string }
  | { readonly kind: 'open'; readonly facts: ModelFacts; readonly isShapes: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A download that is under way. */
export interface Pull {
  readonly name: string;
  readonly progress: PullProgress | null;
  readonly stop: () => void;
}

/** The shapes model's files, put here when the page is built. */
declare const SHAPES_FILES: readonly string[];

const REMEMBERED = 'lusd-weights';
/** The small model that comes with the page. */
export const SHAPES: WeightsSource = {
  kind: 'listed',
  address: new URL('./shapes/', document.baseURI).href,
  paths: SHAPES_FILES,
};

/** The weights: which are open, which the browser keeps, what is being downloaded. */
export class ModelStore {
  readonly state = signal<ModelState>({ kind: 'opening', name: 'the weights' });
  readonly kept = signal<readonly KeptWeights[]>([]);
  readonly pull = signal<Pull | null>(null);
  readonly settings = signal<ModelSettings>({ dtype: 'auto' });
  private source: WeightsSource | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly fail: (message: string) => void,
  ) {}

  /** Opens the server's weights, those that were open last, or the shapes model. */
  async openFirst(): Promise<void> {
    if (this.engine.place === 'server') return this.open({ kind: 'server' });
    const name = localStorage.getItem(REMEMBERED);
    await this.refresh();
    const isKept = this.kept.value.some((weights) => weights.name === name && weights.missing === 0);
    return this.open(name !== null && isKept ? { kind: 'kept', name } : SHAPES);
  }

  async open(source: WeightsSource): Promise<void> {
    this.source = source;
    this.state.value = { kind: 'opening', name: nameOf(source) };
    try {
      const facts = await this.engine.open(source, this.settings.value);
      this.state.value = { kind: 'open', facts, isShapes: /\bshapes\/?$/.test(facts.name) };
      if (source.kind === 'kept') localStorage.setItem(REMEMBERED, source.name);
      else localStorage.removeItem(REMEMBERED);
    } catch (error) {
      this.state.value = { kind: 'failed', failure: failureOf(error) };
    }
  }

  /** Opens the same weights again, with other settings. */
  async reopen(settings: ModelSettings): Promise<void> {
    this.settings.value = settings;
    if (this.source) await this.open(this.source);
  }

  async refresh(): Promise<void> {
    const { shelf } = this.engine;
    if (!shelf) return;
    try {
      this.kept.value = await shelf.list();
    } catch (error) {
      this.fail(failureOf(error).message);
    }
  }

  /** Downloads weights into the browser; what has arrived stays if it is stopped. */
  async download(request: PullRequest): Promise<void> {
    const { shelf } = this.engine;
    if (!shelf || this.pull.value) return;
    const controller = new AbortController();
    const stop = () => controller.abort();
    this.pull.value = { name: request.name, progress: null, stop };
    // Otherwise the browser may remove gigabytes when its disk runs short.
    await navigator.storage.persist();
    try {
      const onProgress = (progress: PullProgress) => {
        this.pull.value = { name: request.name, progress, stop };
      };
      await shelf.pull(request, onProgress, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) this.fail(failureOf(error).message);
    }
    this.pull.value = null;
    await this.refresh();
  }

  async remove(name: string): Promise<void> {
    try {
      await this.engine.shelf?.remove(name);
    } catch (error) {
      this.fail(failureOf(error).message);
    }
    await this.refresh();
  }
}

function nameOf(source: WeightsSource): string {
  if (source === SHAPES) return 'the shapes model';
  if (source.kind === 'kept') return source.name;
  if (source.kind === 'files') return source.files[0]?.name ?? 'the files';
  return source.kind === 'address' ? source.address : "the server's weights";
}
