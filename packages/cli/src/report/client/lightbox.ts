import type { Report, ReportEdit } from '../model.ts';
import { button, h } from './dom.ts';
import { PanZoom } from './panZoom.ts';
import type { ShowPicture } from './pictureElement.ts';

export interface LightboxOptions {
  readonly report: Report;
  readonly show: ShowPicture;
  /** The edits that the arrows go through. */
  readonly edits: () => readonly ReportEdit[];
  /** Called with the edit's name, or with none when it is closed. */
  readonly onChange: (name: string) => void;
}

/** One edit on the whole window: its source and results side by side, enlarged and moved together. */
export class Lightbox {
  readonly element: HTMLDialogElement;
  private readonly title = h('h2');
  private readonly panels = h('div', { class: 'panels' });
  private readonly panZoom = new PanZoom(this.panels);
  private shown = '';

  constructor(private readonly options: LightboxOptions) {
    const { panZoom } = this;
    this.element = h(
      'dialog',
      { 'aria-label': 'enlarged edit' },
      h(
        'header',
        {},
        this.title,
        button('←', () => this.go(-1), 'previous edit'),
        button('→', () => this.go(1), 'next edit'),
        button('−', () => panZoom.zoom(1 / 1.5), 'zoom out'),
        button('+', () => panZoom.zoom(1.5), 'zoom in'),
        button('1:1', () => panZoom.reset(), 'reset zoom'),
        button('✕', () => this.element.close(), 'close'),
      ),
      this.panels,
    );
    this.element.addEventListener('close', () => {
      this.shown = '';
      options.onChange('');
    });
    this.element.addEventListener('keydown', (event) => this.onKey(event));
  }

  /** Shows an edit; closes without one. */
  open(edit: ReportEdit | undefined): void {
    if (!edit) {
      if (this.element.open) this.element.close();
      return;
    }
    if (!this.element.open) this.element.showModal();
    if (edit.name === this.shown) return;
    this.shown = edit.name;
    this.title.textContent = edit.name;
    this.panels.replaceChildren(...this.panelsOf(edit));
    this.panZoom.reset();
  }

  private panelsOf(edit: ReportEdit): HTMLElement[] {
    const { report, show } = this.options;
    const { source, prompts, results } = edit;
    const panel = (picture: number, caption: string, alt: string) =>
      h('figure', {}, h('div', {}, show(picture, alt)), h('figcaption', {}, caption));
    const before = source === null ? [] : [panel(source, prompts.source || 'source', prompts.source)];
    const after = results.flatMap(({ picture, method, prompts: own }) => {
      const { target } = own ?? prompts;
      const name = report.methods.length > 1 ? `${report.methods[method]}: ` : '';
      return picture === null ? [] : [panel(picture, name + target, target)];
    });
    return [...before, ...after];
  }

  private go(by: number): void {
    const edits = this.options.edits();
    const place = edits.findIndex(({ name }) => name === this.shown);
    const next = edits[(place + by + edits.length) % edits.length];
    if (next) this.options.onChange(next.name);
  }

  private onKey(event: KeyboardEvent): void {
    const { panZoom } = this;
    const step = 60;
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => (event.shiftKey ? panZoom.move(step, 0) : this.go(-1)),
      ArrowRight: () => (event.shiftKey ? panZoom.move(-step, 0) : this.go(1)),
      ArrowUp: () => panZoom.move(0, step),
      ArrowDown: () => panZoom.move(0, -step),
      '+': () => panZoom.zoom(1.5),
      '=': () => panZoom.zoom(1.5),
      '-': () => panZoom.zoom(1 / 1.5),
      '0': () => panZoom.reset(),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }
}
