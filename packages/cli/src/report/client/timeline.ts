import type { ReportEdit, ReportResult, Steps } from '../model.ts';
import { type Chart, makeChart } from './chart.ts';
import { button, h, range } from './dom.ts';
import type { ShowPicture } from './pictureElement.ts';
import type { Stage } from './stage.ts';

/** Above so many draws of one iteration their axis is logarithmic. */
const MANY_DRAWS = 20;

/** A picture of the film strip: a preview, or the result at the last iteration. */
interface Frame {
  readonly iteration: number;
  readonly picture: number;
}

/**
 * The iterations of an edit: the film strip, its scrubber, and the curves, which follow each other; null where none are
 * known.
 */
export function makeTimeline(
  edit: ReportEdit,
  result: ReportResult,
  stage: Stage,
  show: ShowPicture,
): HTMLElement | null {
  const { steps } = result;
  if (!steps || steps.timestep.length === 0) return null;
  const last = steps.timestep.length - 1;
  const frames = framesOf(result, last);
  const charts: Chart[] = [];
  const where = h('output');
  const thumbnails = frames.map((frame) =>
    thumbnail(frame, last, show(frame.picture, ''), () => select(frame.iteration)),
  );
  const scrubber = range(`iteration of ${edit.name}`, { max: last, value: last }, (value) => select(value));
  const details = curvesOf(steps, charts, (iteration) => select(iteration));
  let selected = last;

  function select(iteration: number): void {
    selected = iteration;
    scrubber.value = String(iteration);
    const isMarked = steps?.exhausted.includes(iteration) ? ', exhausted' : '';
    where.textContent = `iteration ${iteration} of ${last}${isMarked}`;
    for (const chart of charts) chart.select(iteration);
    const current = frames.findLastIndex((frame) => frame.iteration <= iteration);
    for (const [i, element] of thumbnails.entries())
      element.setAttribute('aria-current', String(i === Math.max(0, current)));
    const frame = frames[Math.max(0, current)];
    if (frame) stage.show(frame.picture);
  }

  details.addEventListener('toggle', () => select(selected));
  select(last);
  return h(
    'div',
    { class: 'timeline' },
    frames.length > 1 ? h('div', { class: 'strip' }, ...thumbnails) : null,
    h('label', { class: 'scrubber' }, scrubber, where),
    details,
  );
}

function framesOf({ previews, picture }: ReportResult, last: number): Frame[] {
  return picture === null ? [...previews] : [...previews, { iteration: last, picture }];
}

function thumbnail(
  { iteration }: Frame,
  last: number,
  picture: HTMLElement,
  onClick: () => void,
): HTMLButtonElement {
  const name = iteration === last ? 'result' : `iteration ${iteration}`;
  const element = button('', onClick, name);
  element.append(picture, h('span', {}, iteration === last ? 'result' : String(iteration)));
  return element;
}

/** The curves, which are drawn when they are first opened. @param charts where they are put */
function curvesOf(steps: Steps, charts: Chart[], onPick: (iteration: number) => void): HTMLDetailsElement {
  const { std, threshold, attempts, timestep, exhausted: marked } = steps;
  const count = marked.length > 0 ? `, ${marked.length} exhausted (×)` : '';
  const box = h('div', { class: 'charts' });
  const details = h(
    'details',
    { class: 'curves' },
    h('summary', {}, `${timestep.length} steps${count}`),
    box,
  );
  details.addEventListener('toggle', () => {
    if (charts.length > 0) return;
    const shared = { marked, onPick };
    charts.push(
      makeChart({
        ...{ ...shared, title: 'Gradient', scale: 'log' },
        series: [
          { name: 'std', kind: 'first', values: std, draw: 'line' },
          { name: 'threshold', kind: 'second', values: threshold, draw: 'line' },
        ],
      }),
      makeChart({
        ...{ ...shared, title: 'Draws', scale: Math.max(...attempts) > MANY_DRAWS ? 'log' : 'linear' },
        series: [{ name: 'attempts', kind: 'first', values: attempts, draw: 'steps' }],
      }),
      makeChart({
        ...{ ...shared, title: 'Noise level', scale: 'linear' },
        series: [{ name: 'timestep', kind: 'first', values: timestep, draw: 'dots' }],
      }),
    );
    box.append(...charts.map(({ element }) => element));
  });
  return details;
}
