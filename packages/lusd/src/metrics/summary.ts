import type { Aggregate, Scores } from './aggregate.ts';
import { addTo, type BootstrapOptions, bootstrapInterval, type Interval } from './statistics/bootstrap.ts';

/** What a summary looks at of a result. */
export interface ScoredItem {
  readonly id: string;
  readonly group: string;
  readonly categories: readonly string[];
  readonly scores: Scores;
}

/** An aggregate over some results. */
export interface SummaryValue extends Interval {
  /** Over all results that count; infinite or NaN where it comes out so. */
  readonly value: number;
  /** Results that count. */
  readonly n: number;
  /** Results that do not, since a metric is NaN. */
  readonly nan: number;
  /** Of those that count: results with an infinite metric. */
  readonly inf: number;
  /** The aggregate without these; `value` where there are none. */
  readonly finite: number;
}

/** Values by the aggregates' names. */
export type Summary = Readonly<Record<string, SummaryValue>>;

/** Each aggregate over the results, with its 95 % interval. */
export function summarize(
  items: readonly ScoredItem[],
  aggregates: readonly Aggregate[],
  options: BootstrapOptions = {},
): Summary {
  return Object.fromEntries(
    aggregates.map((aggregate) => [aggregate.name, summarizeOne(items, aggregate, options)]),
  );
}

/** A summary of all results, `all`, and one of each category's. */
export function summarizeByCategory(
  items: readonly ScoredItem[],
  categories: readonly string[],
  aggregates: readonly Aggregate[],
  options: BootstrapOptions = {},
): Readonly<Record<string, Summary>> {
  const rows = categories.map((category): [string, Summary] => [
    category,
    summarize(
      items.filter((item) => item.categories.includes(category)),
      aggregates,
      options,
    ),
  ]);
  return { all: summarize(items, aggregates, options), ...Object.fromEntries(rows) };
}

function summarizeOne(
  items: readonly ScoredItem[],
  aggregate: Aggregate,
  options: BootstrapOptions,
): SummaryValue {
  const valuesOf = ({ scores }: ScoredItem) =>
    aggregate.metrics.map((metric) => scores[metric] ?? Number.NaN);
  const counted = items.filter((item) => !valuesOf(item).some(Number.isNaN));
  const finite = counted.filter((item) => valuesOf(item).every(Number.isFinite));
  const groups = [...sumGroups(counted, aggregate).values()];
  return {
    value: total(groups, aggregate),
    ...(groups.length === 0
      ? { low: Number.NaN, high: Number.NaN }
      : bootstrapInterval(groups, aggregate.value, options)),
    n: counted.length,
    nan: items.length - counted.length,
    inf: counted.length - finite.length,
    finite: total([...sumGroups(finite, aggregate).values()], aggregate),
  };
}

/** The sums of each group's terms, groups in the order in which they first appear. */
function sumGroups(items: readonly ScoredItem[], aggregate: Aggregate): Map<string, Float64Array> {
  const groups = new Map<string, Float64Array>();
  for (const { group, scores } of items) {
    const terms = aggregate.terms(scores);
    const sums = groups.get(group) ?? new Float64Array(terms.length);
    addTo(sums, terms);
    groups.set(group, sums);
  }
  return groups;
}

function total(groups: readonly Float64Array[], { value }: Aggregate): number {
  if (groups.length === 0) return Number.NaN;
  const sums = new Float64Array(groups[0]!.length);
  for (const group of groups) addTo(sums, group);
  return value(sums);
}

/**
 * By how much an aggregate of method `a` exceeds that of method `b` on the same items, with its 95 % interval: both
 * methods are drawn together. Items that have no value for one of them count for neither.
 *
 * @param a results whose ids are those of `b`, in the same order
 * @throws RangeError if they are not
 */
export function compareMethods(
  a: readonly ScoredItem[],
  b: readonly ScoredItem[],
  aggregate: Aggregate,
  options: BootstrapOptions = {},
): SummaryValue {
  if (a.length !== b.length || a.some(({ id }, i) => id !== b[i]!.id))
    throw new RangeError('Two methods are compared on the same items in the same order; align them first.');
  const pairs = a.map((item, i) => ({ ...item, scores: pairScores(item.scores, b[i]!.scores, aggregate) }));
  return summarizeOne(pairs, differenceOf(aggregate), options);
}

/** Both methods' scores under names of their own. */
function pairScores(a: Scores, b: Scores, { metrics }: Aggregate): Scores {
  const entries = metrics.flatMap((metric): [string, number][] => [
    [`a ${metric}`, a[metric] ?? Number.NaN],
    [`b ${metric}`, b[metric] ?? Number.NaN],
  ]);
  return Object.fromEntries(entries);
}

/** The aggregate of method `a` less that of method `b`, over paired scores. */
function differenceOf(aggregate: Aggregate): Aggregate {
  const { metrics, terms, value } = aggregate;
  const side = (pair: Scores, name: 'a' | 'b') =>
    terms(Object.fromEntries(metrics.map((metric) => [metric, pair[`${name} ${metric}`]!])));
  return {
    ...aggregate,
    metrics: metrics.flatMap((metric) => [`a ${metric}`, `b ${metric}`]),
    terms: (pair) => [...side(pair, 'a'), ...side(pair, 'b')],
    value: (sums) => value(sums.subarray(0, sums.length / 2)) - value(sums.subarray(sums.length / 2)),
  };
}
