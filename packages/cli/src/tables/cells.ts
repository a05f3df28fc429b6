import type { MetricFacts, SummaryValue } from '@lusd/lusd/metrics';

type Scaled = Pick<MetricFacts, 'scale' | 'digits'>;

/** A number as tables show it, times the metric's scale; `-` for NaN. */
export function cellOf({ scale, digits }: Scaled, value: number): string {
  if (Number.isNaN(value)) return '-';
  return Number.isFinite(value) ? (value * scale).toFixed(digits) : value > 0 ? 'inf' : '-inf';
}

/** A column's title with its factor and which way is better: `LPIPS unedited x 1e3 ↓`. */
export function titleOf({ title, scale, better }: MetricFacts): string {
  const factor = scale === 1 ? '' : ` x 1e${Math.log10(scale)}`;
  return `${title}${factor} ${better === 'higher' ? '↑' : '↓'}`;
}

/** Notes of results that a mean leaves out or is spoilt by. */
export function notesOf(facts: MetricFacts, { nan, inf, finite }: SummaryValue, row: string): string[] {
  const where = `${facts.title} of ${row}`;
  return [
    ...(nan > 0 ? [`${where}: ${nan} without a value (nan), left out.`] : []),
    ...(inf > 0 ? [`${where}: ${inf} infinite; ${cellOf(facts, finite)} without them.`] : []),
  ];
}
