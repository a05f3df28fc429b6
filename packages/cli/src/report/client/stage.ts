import type { ReportEdit, ReportResult } from '../model.ts';
import { h, range } from './dom.ts';
import type { ShowPicture } from './pictureElement.ts';

/** A picture and what it became, one over the other or side by side, as the page's mode says. */
export interface Stage {
  readonly element: HTMLElement;
  /** Shows another picture in the result's place. */
  show(picture: number): void;
}

/** What the slider is about, in the page's mode; the style sheet does the rest. */
const SLIDER = 'before and after';

export function makeStage(edit: ReportEdit, result: ReportResult, show: ShowPicture): Stage {
  const target = (result.prompts ?? edit.prompts).target;
  const after = h('div', { class: 'after' });
  const put = (picture: number) => after.replaceChildren(show(picture, target));
  if (result.picture !== null) put(result.picture);
  const hasPair = edit.source !== null && result.picture !== null;
  const pair = h(
    'div',
    { class: 'pair' },
    edit.source === null ? null : h('div', { class: 'before' }, show(edit.source, edit.prompts.source)),
    result.picture === null ? failure(result.error) : after,
    result.mask === null ? null : h('div', { class: 'mask' }, show(result.mask, '')),
  );
  const element = h('div', { class: hasPair ? 'stage' : 'stage single' }, pair);
  const { width, height } = pair.querySelector('img') ?? { width: 1, height: 1 };
  element.style.setProperty('--aspect', `${width / height}`);
  const setAt = (value: number) => element.style.setProperty('--at', `${value / 100}`);
  setAt(50);
  if (hasPair) element.append(range(SLIDER, { max: 100, value: 50 }, setAt), h('div', { class: 'handle' }));
  return { element, show: put };
}

function failure(error: string | null): HTMLElement {
  return h('p', { class: 'failure' }, `Failed: ${error ?? ''}`);
}
