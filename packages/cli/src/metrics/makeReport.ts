import {
  aggregatesOf,
  type EvaluationReport,
  type ReportItem,
  summarizeByCategory,
} from '@lusd/lusd/metrics';
import type { Benchmark } from './benchmarks/benchmark.ts';
import type { EvalFlags } from './evalOptions.ts';
import type { ScoredResult } from './scoreStore.ts';

/** Summarises the results, and puts everything into one report. */
export function makeReport(
  benchmark: Benchmark,
  results: readonly ScoredResult[],
  { name, seed, resamples }: EvalFlags,
  provenance: EvaluationReport['provenance'],
): EvaluationReport {
  const { metrics, categories } = benchmark;
  const items = results.map(reportItem);
  return {
    method: name ?? benchmark.method,
    benchmark: benchmark.name,
    metrics: metrics.map(({ name, title, better, scale, digits }) => ({
      ...{ name, title, better },
      ...{ scale, digits },
    })),
    categories,
    summary: summarizeByCategory(items, categories, aggregatesOf(metrics), { seed, resamples }),
    provenance,
    items,
  };
}

function reportItem({ item, scores }: ScoredResult): ReportItem {
  const { id, group, categories, labels, result, source, texts } = item;
  return {
    ...{ id, group, categories, labels, result },
    ...(source !== undefined && { source }),
    ...(texts.targetText !== undefined && { targetText: texts.targetText }),
    scores,
  };
}
