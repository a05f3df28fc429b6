import { type Clock, clockOf, type Report, threeDigits } from './report.ts';
import type { CaseResult, Outcome } from './run.ts';

const [LABELS, BARS, VALUES] = [260, 420, 90];
const [BAR, GAP, HEAD, LEGEND] = [12, 10, 48, 24];
/** Okabe and Ito's colours, which colour-blind readers can tell apart. */
const COLOURS = ['#0072b2', '#56b4e9', '#e69f00', '#d55e00', '#cc79a7', '#009e73'];

/** Bars as SVG: each case's fastest library fills the width, the others as far as they are as fast. */
export function plot({ machine, contestants, results }: Report): string {
  const clock = clockOf(machine);
  const group = contestants.length * BAR + GAP;
  const height = HEAD + LEGEND + results.length * group;
  const legend = contestants.map(
    ({ name }, i) =>
      `<rect x="${LABELS + i * 100}" y="${HEAD - 12}" width="10" height="10" fill="${colour(i)}"/>` +
      text(LABELS + i * 100 + 14, HEAD - 3, name),
  );
  const groups = results.map((result, i) => bars(result, HEAD + LEGEND + i * group, clock));
  const width = LABELS + BARS + VALUES;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(8, 18, `Speed beside the fastest, ${machine.adapter}`),
    ...legend,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

function bars({ benchCase, outcomes }: CaseResult, top: number, clock: Clock): string {
  const times = outcomes.map((outcome) => ('reason' in outcome ? null : clock(outcome)));
  const fastest = Math.min(...times.filter((ms) => ms !== null));
  const rows = times.map((ms, i) => {
    const y = top + i * BAR;
    if (ms === null) return text(LABELS, y + BAR - 3, '–');
    const length = (BARS * fastest) / ms;
    const label = text(LABELS + length + 4, y + BAR - 3, speedOf(outcomes[i]!, benchCase.flops, clock));
    return `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR - 2}" fill="${colour(i)}"/>${label}`;
  });
  return [text(8, top + BAR - 3, benchCase.name), ...rows].join('\n');
}

function speedOf(outcome: Outcome, flops: number | null, clock: Clock): string {
  if ('reason' in outcome) return '';
  const ms = clock(outcome);
  return flops === null ? `${threeDigits(ms)} ms` : `${threeDigits(flops / ms / 1e6)} GFLOP/s`;
}

function colour(contestant: number): string {
  return COLOURS[contestant % COLOURS.length]!;
}

function text(x: number, y: number, content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${x.toFixed(1)}" y="${y}">${escaped}</text>`;
}
