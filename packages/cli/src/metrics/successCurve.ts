import { type EvaluationReport, SUCCESS_THRESHOLDS, successShares } from '@lusd/lusd/metrics';
import { CliError } from '../ui/errors.ts';

const [WIDTH, HEIGHT] = [640, 420];
/** Of the plot, in the picture. */
const FRAME = { left: 64, top: 16, right: WIDTH - 16, bottom: HEIGHT - 56 };
/** The method that is drawn in black. */
const OURS = 'Ours';
/** Okabe and Ito's colours, which colour-blind people can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#f0e442'];
const GREY = '#eaeaf2';

/**
 * LUSD's success curve as SVG: of each method the share of results whose CLIP-R is above x.
 * @throws CliError for a report without CLIP-R
 */
export function successCurve(reports: readonly EvaluationReport[]): string {
  const curves = reports.map(({ method, items }) => ({
    method,
    shares: successShares(clipR(method, items)),
  }));
  const colours = curves.map(({ method }, i) => (method === OURS ? '#000000' : COLOURS[i % COLOURS.length]!));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...grid(),
    ...curves.map(({ shares }, i) => polyline(shares, colours[i]!)),
    ...curves.map(({ method }, i) => legend(method, i, colours[i]!)),
    '</svg>',
  ].join('\n')}\n`;
}

function clipR(method: string, items: EvaluationReport['items']): number[] {
  const values = items
    .map(({ scores }) => scores.clip_r ?? Number.NaN)
    .filter((value) => !Number.isNaN(value));
  if (values.length > 0) return values;
  throw new CliError(
    `${method} has no CLIP-R, which the success curve needs; score it with clip_r among --metrics`,
  );
}

const xOf = (threshold: number) => FRAME.left + ((threshold - 1) / 0.4) * (FRAME.right - FRAME.left);
const yOf = (share: number) => FRAME.bottom - share * (FRAME.bottom - FRAME.top);

/** White lines on grey, with the axes' numbers and titles. */
function grid(): string[] {
  const { left, top, right, bottom } = FRAME;
  const ticks = [0, 1, 2, 3, 4];
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ffffff"/>`;
  const vertical = ticks.flatMap((i) => {
    const x = xOf(1 + i / 10);
    return [
      line(x, top, x, bottom),
      `<text x="${x}" y="${bottom + 18}" text-anchor="middle">${(1 + i / 10).toFixed(1)}</text>`,
    ];
  });
  const horizontal = ticks.flatMap((i) => {
    const y = yOf(i / 4);
    return [
      line(left, y, right, y),
      `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${(i / 4).toFixed(2)}</text>`,
    ];
  });
  return [
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="${GREY}"/>`,
    ...vertical,
    ...horizontal,
    `<text x="${(left + right) / 2}" y="${HEIGHT - 16}" text-anchor="middle">CLIP-R</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">Ratio of successful edits</text>`,
  ];
}

function polyline(shares: readonly number[], colour: string): string {
  const points = shares.map(
    (share, i) => `${xOf(SUCCESS_THRESHOLDS[i]!).toFixed(1)},${yOf(share).toFixed(1)}`,
  );
  return `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function legend(method: string, row: number, colour: string): string {
  const [x, y] = [FRAME.right - 180, FRAME.top + 20 + 20 * row];
  return `<line x1="${x}" y1="${y - 4}" x2="${x + 24}" y2="${y - 4}" stroke="${colour}" stroke-width="2"/><text x="${x + 32}" y="${y}">${escapeXml(method)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
