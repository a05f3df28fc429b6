import { METHODS, type MethodName } from '@lusd/lusd';
import { DEMO_EDITS, SHAPES_OPTIONS } from '@lusd/lusd/shapes';
import { computed, effect, signal } from '@preact/signals';
import type { Engine } from '../../engine/engine.ts';
import {
  DEFAULT_SETTINGS,
  failureOf,
  type MarkedPrompt,
  type MethodSettings,
  type StudioSettings,
} from '../../session/index.ts';
import { optionProblem } from '../../session/method.ts';
import type { HistoryEntry } from '../history/database.ts';
import { holdIfLeft } from '../history/editLock.ts';
import { settingsOfText } from '../history/pngSettings.ts';
import type { Pictures } from '../pictures/pictures.ts';
import { HistoryStore } from './historyStore.ts';
import { ModelStore } from './modelStore.ts';
import { Notices } from './notices.ts';
import { PictureStore } from './pictureStore.ts';
import { RunStore } from './runStore.ts';

const SETTINGS = 'lusd-settings';
/** Of LUSD. */
const OPTIONS_FOR_SHAPES = { ...DEFAULT_SETTINGS.options, ...SHAPES_OPTIONS };
/** After the last key, in milliseconds, that words are marked. */
const TYPING = 150;

/** All that the page knows, and what can be done on it. */
export class Studio {
  readonly notices = new Notices();
  readonly picture: PictureStore;
  /** The files of the demo's pictures; none before they are drawn. */
  readonly examples = signal<readonly Blob[]>([]);
  readonly settings = signal<StudioSettings>(DEFAULT_SETTINGS);
  readonly marked = signal<MarkedPrompt | null>(null);
  /** Why no words can be marked; null if they can. */
  readonly wordsProblem = signal<string | null>(null);
  /** Which option of the method cannot be used, and why; null if all can. */
  readonly optionProblem = computed(() => optionProblem(this.settings.value));
  /** Options of the methods that were chosen before, for when they are chosen again. */
  private readonly earlierOptions = new Map<MethodName, MethodSettings>();
  readonly history: HistoryStore;
  readonly model: ModelStore;
  readonly edits: RunStore;
  /** What is missing before an edit can start; null if nothing is. */
  readonly missing = computed(() => this.whatIsMissing());

  constructor(
    readonly engine: Engine,
    readonly pictures: Pictures,
  ) {
    const fail = (message: string) => this.notices.fail(message);
    this.picture = new PictureStore(pictures);
    this.history = new HistoryStore(pictures, fail);
    this.model = new ModelStore(engine, fail);
    this.edits = new RunStore(engine, this.history);
  }

  /** Opens the history and the weights, and goes on with what was running when the page was left. */
  async open(): Promise<void> {
    this.restoreDraft();
    void this.drawExamples();
    await this.history.open();
    this.markWordsWhenTyped();
    await Promise.all([this.model.openFirst(), this.resumeLeftEdits()]);
    this.suitModel();
  }

  change(changed: Partial<StudioSettings>): void {
    this.settings.value = { ...this.settings.value, ...changed };
    localStorage.setItem(SETTINGS, JSON.stringify(this.settings.value));
  }

  /** A prompt; the words that were clicked belong to the old one. */
  type(changed: Pick<Partial<StudioSettings>, 'source' | 'target'>): void {
    this.change({ ...changed, targetIndex: null });
  }

  /** Another method, with the options that it had on this page, or its defaults. */
  chooseMethod(method: MethodName): void {
    const { value: settings } = this.settings;
    this.earlierOptions.set(settings.method, settings.options);
    const earlier = this.earlierOptions.get(method);
    this.change({ method, options: earlier ?? METHODS[method].defaults });
    if (!earlier) this.suitModel();
  }

  async loadPicture(file: Blob, name: string): Promise<void> {
    try {
      const text = await this.picture.load(file, name);
      this.edits.clear();
      if (text === null) return;
      this.change(settingsOfText(text));
      this.notices.tell(`The settings with which ${name} was made are restored`);
    } catch (error) {
      this.notices.fail(failureOf(error).message);
    }
  }

  async loadMask(file: Blob): Promise<void> {
    try {
      await this.picture.loadMask(file);
    } catch (error) {
      this.notices.fail(failureOf(error).message);
    }
  }

  /** A drawn picture and an edit of it that the shapes model can make. */
  async tryExample(index: number): Promise<void> {
    const [example, file] = [DEMO_EDITS[index], this.examples.value[index]];
    if (!example || !file) return;
    const { name, source, target } = example;
    this.type({ source, target });
    if (this.settings.value.method === 'lusd') this.change({ options: OPTIONS_FOR_SHAPES });
    await this.loadPicture(file, name);
  }

  async start(): Promise<void> {
    const { value: image } = this.picture.image;
    const { value: model } = this.model.state;
    if (!image || model.kind !== 'open' || this.missing.value !== null) return;
    const inputs = this.picture.mask().then((mask) => ({ picture: image.file, mask }));
    await this.edits.start(this.settings.value, inputs, model.facts.name);
  }

  /** Puts an edit of the history back: its picture, mask, settings and what was made. */
  async reopen(entry: HistoryEntry): Promise<void> {
    await this.restoreInputs(entry);
    this.edits.show(await this.history.runOf(entry));
    // The history is below the picture that it brings back.
    scrollTo({ top: 0 });
  }

  /** The same edit with another seed. */
  async runAgain(entry: HistoryEntry): Promise<void> {
    await this.reopen(entry);
    this.change({ seed: entry.settings.seed + 1 });
    await this.start();
  }

  private async restoreInputs({ picture, mask, settings }: HistoryEntry): Promise<void> {
    await this.picture.restore(picture, mask);
    this.change(settings);
  }

  private async drawExamples(): Promise<void> {
    try {
      this.examples.value = await this.pictures.examples();
    } catch (error) {
      this.notices.fail(failureOf(error).message);
    }
  }

  private whatIsMissing(): string | null {
    const { kind } = this.model.state.value;
    if (kind === 'failed') return 'Choose weights that can be opened.';
    if (!this.picture.image.value) return 'Choose a picture.';
    const { target, composite, method } = this.settings.value;
    if (target.trim() === '')
      return method === 'instruct-pix2pix'
        ? 'Say what should be done with the picture.'
        : 'Say what the picture should show.';
    const { value: problem } = this.optionProblem;
    if (problem) return `${failureOf(problem).message}.`;
    if (composite && !this.picture.hasMask.value) return 'Paint a mask, or switch composite off.';
    return kind === 'opening' ? 'The weights are being opened.' : null;
  }

  private restoreDraft(): void {
    const text = localStorage.getItem(SETTINGS);
    if (text === null) return;
    try {
      this.settings.value = { ...DEFAULT_SETTINGS, ...JSON.parse(text) };
    } catch {
      localStorage.removeItem(SETTINGS);
    }
  }

  /** The released program's numbers are made for Stable Diffusion; the shapes model has its own. */
  suitModel(): void {
    const { value: model } = this.model.state;
    const { method, options } = this.settings.value;
    const isUntouched =
      method === 'lusd' && JSON.stringify(options) === JSON.stringify(DEFAULT_SETTINGS.options);
    if (model.kind === 'open' && model.isShapes && isUntouched) this.change({ options: OPTIONS_FOR_SHAPES });
  }

  private markWordsWhenTyped(): void {
    let timer = 0;
    effect(() => {
      const { value: settings } = this.settings;
      const isOpen = this.model.state.value.kind === 'open';
      clearTimeout(timer);
      if (isOpen) timer = window.setTimeout(() => void this.markWords(settings), TYPING);
    });
  }

  private async markWords(settings: StudioSettings): Promise<void> {
    try {
      const marked = await this.engine.markWords(settings);
      if (settings !== this.settings.value) return;
      this.marked.value = marked;
      this.wordsProblem.value = null;
    } catch (error) {
      this.wordsProblem.value = failureOf(error).message;
    }
  }

  /** Edits that were running when their page was left: a server goes on with them, a worker ended with its page. */
  private async resumeLeftEdits(): Promise<void> {
    for (const entry of this.history.entries.value) {
      if (entry.status !== 'running') continue;
      const release = await holdIfLeft(entry.id);
      if (!release) continue;
      if (!this.edits.isActive.value && (await this.edits.attach(entry))) {
        await this.restoreInputs(entry);
        continue;
      }
      this.history.interrupt(entry.id);
      release();
      this.notices.tell(
        'An edit was interrupted when its page or server ended; what was made is in the history',
      );
    }
  }
}
