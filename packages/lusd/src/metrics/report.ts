import * as v from 'valibot';
import { MetricsError } from '../errors.ts';
import type { Scores } from './aggregate.ts';
import type { MetricFacts } from './metric.ts';
import type { ScoredItem, Summary } from './summary.ts';

/** What was computed with what; for people who repeat it. */
export type Provenance = Readonly<Record<string, unknown>>;

/** An item of a report. Pictures are paths, as they were when it was written. */
export interface ReportItem extends ScoredItem {
  readonly labels: Readonly<Record<string, string | number | null>>;
  readonly result: string;
  readonly source?: string | undefined;
  readonly targetText?: string | undefined;
}

/** All that an evaluation found out. */
export interface EvaluationReport {
  /** Name of the method in tables. */
  readonly method: string;
  /** What was evaluated: `magicbrush, all turns`. Reports of different benchmarks do not compare. */
  readonly benchmark: string;
  readonly metrics: readonly MetricFacts[];
  /** Categories of a summary's rows, in order. */
  readonly categories: readonly string[];
  readonly items: readonly ReportItem[];
  readonly summary: Readonly<Record<string, Summary>>;
  readonly provenance: Provenance;
}

/** JSON whose numbers may be NaN or infinite: these are the texts `nan`, `inf` and `-inf`. */
export function formatNumbers(value: unknown): string {
  const encode = (_: string, part: unknown) => (typeof part === 'number' ? encodeNumber(part) : part);
  return `${JSON.stringify(value, encode, 2)}\n`;
}

/** As `pandas` writes and reads it. */
export function encodeNumber(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

const NUMBER = v.pipe(
  v.union([v.number(), v.picklist(['nan', 'inf', '-inf'])]),
  v.transform((value) => decodeNumber(value)),
);

function decodeNumber(value: number | 'nan' | 'inf' | '-inf'): number {
  if (typeof value === 'number') return value;
  return { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[value];
}

const SCORES = v.record(v.string(), NUMBER);

/** Scores as JSON with encoded numbers holds them, or null if it holds something else. */
export function parseScores(json: unknown): Scores | null {
  const result = v.safeParse(SCORES, json);
  return result.success ? result.output : null;
}

const METRIC = v.object({
  name: v.string(),
  title: v.string(),
  better: v.picklist(['higher', 'lower']),
  scale: v.number(),
  digits: v.number(),
});

const ITEM = v.object({
  id: v.string(),
  group: v.string(),
  categories: v.array(v.string()),
  labels: v.record(v.string(), v.nullable(v.union([v.string(), v.number()]))),
  result: v.string(),
  source: v.optional(v.string()),
  targetText: v.optional(v.string()),
  scores: SCORES,
});

const VALUE = v.object({
  value: NUMBER,
  low: NUMBER,
  high: NUMBER,
  n: v.number(),
  nan: v.number(),
  inf: v.number(),
  finite: NUMBER,
});

const REPORT = v.object({
  method: v.string(),
  benchmark: v.string(),
  metrics: v.array(METRIC),
  categories: v.array(v.string()),
  items: v.array(ITEM),
  summary: v.record(v.string(), v.record(v.string(), VALUE)),
  provenance: v.record(v.string(), v.unknown()),
});

/**
 * A report as {@link formatNumbers} writes it.
 * @param json the parsed file
 * @param path where it came from, for messages
 * @throws MetricsError naming the place that does not match
 */
export function parseReport(json: unknown, path: string): EvaluationReport {
  const result = v.safeParse(REPORT, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = issue.path?.map(({ key }) => String(key)).join(' / ') ?? 'the file';
  throw new MetricsError(
    `${path} is no scores.json of an evaluation: '${place}': ${issue.message}; run it again`,
  );
}
