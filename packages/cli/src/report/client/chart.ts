import { h, svg } from './dom.ts';
import { linearScale, logScale, type Scale } from './scale.ts';

const [WIDTH, HEIGHT] = [420, 118];
const FRAME = { left: 48, right: 412, top: 10, bottom: 98 };

export interface Series {
  readonly name: string;
  /** What the style sheet calls it. */
  readonly kind: 'first' | 'second';
  /** One an iteration; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly draw: 'line' | 'steps' | 'dots';
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  readonly scale: 'linear' | 'log';
  /** Iterations that are marked. */
  readonly marked: readonly number[];
  readonly onPick: (iteration: number) => void;
}

/** Curves over the iterations. */
export interface Chart {
  readonly element: HTMLElement;
  /** Marks an iteration, and writes its values. */
  select(iteration: number): void;
}

export function makeChart({ title, series, scale, marked, onPick }: ChartOptions): Chart {
  const count = series[0]?.values.length ?? 0;
  const x = linearScale(0, Math.max(1, count - 1), FRAME.left, FRAME.right);
  const y = verticalScale(series, scale);
  const cursor = svg('line', { class: 'cursor', y1: FRAME.top, y2: FRAME.bottom });
  const plot = svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': describe(title, series, marked) },
    ...axes(x, y, count),
    ...marked.map((iteration) => mark(x.place(iteration))),
    ...series.map((each) => curve(each, x, y)),
    cursor,
  );
  plot.addEventListener('pointerdown', (event) => onPick(iterationAt(event, plot, count)));
  plot.addEventListener('pointermove', (event) => {
    if (event.buttons === 1) onPick(iterationAt(event, plot, count));
  });
  const values = series.map(({ kind }) => h('span', { class: `value ${kind}` }));
  const element = h('figure', { class: 'chart' }, h('figcaption', {}, h('b', {}, title), ...values), plot);
  return {
    element,
    select(iteration) {
      const place = x.place(iteration);
      for (const end of ['x1', 'x2']) cursor.setAttribute(end, place.toFixed(1));
      for (const [i, { name, values: all }] of series.entries()) {
        const value = all[iteration] ?? null;
        values[i]?.replaceChildren(`${name} ${value === null ? '–' : shortNumber(value)}`);
      }
    },
  };
}

function verticalScale(series: readonly Series[], scale: 'linear' | 'log'): Scale {
  const all = series.flatMap(({ values }) => values.filter((value) => value !== null));
  if (scale === 'linear')
    return linearScale(Math.min(0, ...all), Math.max(1, ...all), FRAME.bottom, FRAME.top);
  const positive = all.filter((value) => value > 0);
  const [low, high] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [0.1, 1];
  return low < high
    ? logScale(low, high, FRAME.bottom, FRAME.top)
    : logScale(low / 2, high * 2, FRAME.bottom, FRAME.top);
}

function axes(x: Scale, y: Scale, count: number): SVGElement[] {
  const { left, right, bottom } = FRAME;
  const lines = y.ticks.flatMap((tick) => {
    const at = y.place(tick).toFixed(1);
    return [
      svg('line', { class: 'grid', x1: left, x2: right, y1: at, y2: at }),
      svg('text', { x: left - 6, y: at, class: 'y' }, shortNumber(tick)),
    ];
  });
  const ends = [...new Set([0, Math.max(0, count - 1)])].map((iteration, i) =>
    svg(
      'text',
      { x: x.place(iteration), y: bottom + 15, class: i === 0 ? 'x first' : 'x last' },
      `${iteration}`,
    ),
  );
  return [...lines, ...ends];
}

/** A cross above the curves, so that it is told from them without its colour. */
function mark(x: number): SVGElement {
  const [low, high] = [FRAME.top - 3, FRAME.top + 3];
  const cross = `M${x - 3} ${low}L${x + 3} ${high}M${x - 3} ${high}L${x + 3} ${low}`;
  return svg('path', { class: 'exhausted', d: `${cross}M${x} ${high + 2}V${FRAME.bottom}` });
}

function curve({ kind, values, draw }: Series, x: Scale, y: Scale): SVGElement {
  const parts = values.flatMap((value, i) => {
    if (value === null || !Number.isFinite(y.place(value))) return [];
    const [px, py] = [x.place(i).toFixed(1), y.place(value).toFixed(1)];
    if (draw === 'dots') return [`M${px} ${py}h0`];
    // At least a stub, where the axis begins with the value.
    if (draw === 'steps') return [`M${px} ${FRAME.bottom + 1}V${py}`];
    return [`${px} ${py}`];
  });
  const path = draw === 'line' && parts.length > 0 ? `M${parts.join('L')}` : parts.join('');
  return svg('path', { class: `curve ${kind} ${draw}`, d: path });
}

function iterationAt(event: PointerEvent, plot: SVGSVGElement, count: number): number {
  const box = plot.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * WIDTH;
  const share = (x - FRAME.left) / (FRAME.right - FRAME.left);
  return Math.min(count - 1, Math.max(0, Math.round(share * (count - 1))));
}

/** The chart in words, for those who do not see it. */
function describe(title: string, series: readonly Series[], marked: readonly number[]): string {
  const parts = series.map(({ name, values }) => {
    const there = values.filter((value) => value !== null);
    if (there.length === 0) return `${name} has no values`;
    return `${name} from ${shortNumber(Math.min(...there))} to ${shortNumber(Math.max(...there))}`;
  });
  const crosses = marked.length > 0 ? `; ${marked.length} exhausted` : '';
  return `${title} over ${series[0]?.values.length ?? 0} iterations: ${parts.join(', ')}${crosses}`;
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
