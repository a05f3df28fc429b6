import {
  aggregatesOf,
  type EvaluationReport,
  type Item,
  type ItemScores,
  summarizeByCategory,
} from '@lusd/lusd/metrics';
import { makeFolder } from '../files.ts';
import type { Benchmark } from '../metrics/benchmarks/benchmark.ts';
import { openBenchmark } from '../metrics/benchmarks/open.ts';
import { type EvalFlags, evalOptions } from '../metrics/evalOptions.ts';
import { withModels } from '../metrics/loadModels.ts';
import { type PlannedModel, planModels } from '../metrics/modelPlan.ts';
import { provenanceOf, settingsOf } from '../metrics/provenance.ts';
import { writeScores } from '../metrics/scoreFiles.ts';
import { scoreItems } from '../metrics/scoreItems.ts';
import { ScoreStore } from '../metrics/scoreStore.ts';
import { summaryTable } from '../metrics/summaryTable.ts';
import { type Shard, shardFromEnvironment, takeShard } from '../run/shard.ts';
import { openLog, type Services } from '../services.ts';
import { formatTable } from '../tables/table.ts';
import { CliError, UsageError } from '../ui/errors.ts';
import { listed } from '../ui/listed.ts';
import type { Log } from '../ui/log.ts';

/** `lusd eval`: scores of a folder or table of results. */
export function evalCommand(services: Services, version: string) {
  return evalOptions().action((flags) => evaluateResults(services, flags, version));
}

async function evaluateResults(services: Services, flags: EvalFlags, version: string): Promise<void> {
  const log = openLog(services, flags);
  const { outputDir } = flags;
  const shard = chooseShard(flags, services, log);
  const benchmark = requireComplete(await openBenchmark(flags, log), flags, log);
  const planned = await planModels(benchmark.metrics, flags);
  const store =
    outputDir === undefined ? null : new ScoreStore(outputDir, settingsOf(benchmark, planned, flags));
  if (outputDir !== undefined) await makeFolder(outputDir);

  const own = takeShard(benchmark.items, shard);
  const kept = await readKept(benchmark.items, store);
  const todo = own.filter((item) => !kept.has(item));
  if (todo.length < own.length)
    log.event(
      'skipped',
      { count: own.length - todo.length },
      `${own.length - todo.length} of ${own.length} are already scored.`,
    );
  const { scored, device } = await scoreAll(todo, benchmark, planned, store, flags, log, services.signal);

  for (const scores of scored) kept.set(scores.item, scores);
  if (shard.count > 1 && kept.size < benchmark.items.length) {
    const rest = benchmark.items.length - kept.size;
    const text = `Part ${shard.index} of ${shard.count} is done; ${rest} of ${benchmark.items.length} results have no score yet. When the other parts are done, too, any part writes the tables.`;
    return log.event('partial', { rest }, text);
  }
  const inOrder = benchmark.items.flatMap((item) => kept.get(item) ?? []);
  if (inOrder.length === 0) throw new CliError('no result is left to compare; fix the errors above');
  const provenance = provenanceOf(benchmark, planned, flags, version, device);
  await report(makeReport(benchmark, inOrder, flags, provenance), benchmark, outputDir, log);
}

/** The part to do. @throws UsageError for a part of several without a folder to put the scores together */
function chooseShard(flags: EvalFlags, { environment }: Services, log: Log): Shard {
  const shard = flags.shard ?? shardFromEnvironment(environment);
  if (shard.count === 1) return shard;
  if (flags.outputDir === undefined)
    throw new UsageError(
      `a part of the results (${shard.origin}) needs --output-dir, where the parts put their scores together`,
    );
  log.event('shard', shard, `Part ${shard.index} of ${shard.count}, counted from 0 (${shard.origin}).`);
  return shard;
}

/** @throws CliError if something is missing, unless that was allowed */
function requireComplete(benchmark: Benchmark, { allowIncomplete }: EvalFlags, log: Log): Benchmark {
  const { items, missing, unknown } = benchmark;
  const problems = [
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`without ground truth: ${listed(unknown)}`] : []),
  ].join('; ');
  if (problems === '') return benchmark;
  log.event('incomplete', { missing, unknown });
  if (!allowIncomplete)
    throw new CliError(`${problems}; fix it, or score the others only with --allow-incomplete`);
  log.warn(`${problems}; continuing with ${items.length} results.`);
  return benchmark;
}

/** The items that an earlier run scored. */
async function readKept(items: readonly Item[], store: ScoreStore | null): Promise<Map<Item, ItemScores>> {
  const kept = new Map<Item, ItemScores>();
  if (!store) return kept;
  for (const item of items) {
    const scores = await store.read(item);
    if (scores) kept.set(item, { item, id: item.id, group: item.group, categories: item.categories, scores });
  }
  return kept;
}

interface Scored {
  readonly scored: readonly ItemScores[];
  readonly device: string | null;
}

async function scoreAll(
  items: readonly Item[],
  { metrics }: Benchmark,
  planned: readonly PlannedModel[],
  store: ScoreStore | null,
  flags: EvalFlags,
  log: Log,
  signal: AbortSignal,
): Promise<Scored> {
  if (items.length === 0) return { scored: [], device: null };
  return withModels(planned, flags, log, async (models, device) => {
    const { batchSize, pixels, allowIncomplete } = flags;
    const options = { metrics, models, batchSize, pixels, allowIncomplete, store, log, signal };
    return { scored: await scoreItems(items, options), device };
  });
}

function makeReport(
  { name, method, metrics, categories }: Benchmark,
  scored: readonly ItemScores[],
  { name: given, seed, resamples }: EvalFlags,
  provenance: EvaluationReport['provenance'],
): EvaluationReport {
  return {
    method: given ?? method,
    benchmark: name,
    metrics: metrics.map(({ name, title, better, scale, digits }) => ({
      name,
      title,
      better,
      scale,
      digits,
    })),
    categories,
    summary: summarizeByCategory(scored, categories, aggregatesOf(metrics), { seed, resamples }),
    provenance,
    items: scored.map(({ item, id, group, categories, scores }) => ({
      ...{ id, group, categories, scores, labels: item.labels, result: item.result },
      ...(item.source !== undefined && { source: item.source }),
      ...(item.texts.targetText !== undefined && { targetText: item.texts.targetText }),
    })),
  };
}

async function report(
  result: EvaluationReport,
  { column }: Benchmark,
  outputDir: string | undefined,
  log: Log,
): Promise<void> {
  if (outputDir !== undefined) {
    const paths = await writeScores(outputDir, result, (metric) => column(metric, result.method));
    log.event('done', { paths }, `Wrote ${paths.join(' and ')}.`);
  }
  log.result(result.summary, formatTable(summaryTable(result), 'text'));
}
