import { makeFolder } from '../files.ts';
import type { Benchmark } from '../metrics/benchmarks/benchmark.ts';
import { openBenchmark } from '../metrics/benchmarks/open.ts';
import { openEmbeddings } from '../metrics/embeddingCache.ts';
import { type EvalFlags, evalOptions } from '../metrics/evalOptions.ts';
import { makeReport } from '../metrics/makeReport.ts';
import { planModels } from '../metrics/modelPlan.ts';
import { provenanceOf, settingsOf } from '../metrics/provenance.ts';
import { scoreBenchmark } from '../metrics/scoreBenchmark.ts';
import { writeScores } from '../metrics/scoreFiles.ts';
import { ScoreStore } from '../metrics/scoreStore.ts';
import { summaryTable } from '../metrics/summaryTable.ts';
import { type Shard, shardFromEnvironment } from '../run/shard.ts';
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
  const benchmark = await openBenchmark(flags, log);
  requireComplete(benchmark, flags, log);
  const planned = await planModels(benchmark.metrics, flags);
  if (outputDir !== undefined) await makeFolder(outputDir);
  const settings = settingsOf(benchmark, planned, flags, version);
  const store = outputDir === undefined ? null : new ScoreStore(outputDir, settings);
  const embeddings = await openEmbeddings(flags, version, log);
  const { signal } = services;
  const results = await scoreBenchmark({ benchmark, planned, shard, store, embeddings, flags, log, signal });

  const rest = benchmark.items.length - results.length;
  if (shard.count > 1 && rest > 0) return reportPart(shard, rest, benchmark, flags, log);
  if (results.length === 0) throw new CliError('no result is left to compare; fix the errors above');
  const devices = [...new Set(results.flatMap(({ device }) => device ?? []))];
  const provenance = provenanceOf(benchmark, planned, flags, version, devices);
  const report = makeReport(benchmark, results, flags, provenance);
  if (outputDir !== undefined) {
    const paths = await writeScores(outputDir, report, (metric) => benchmark.column(metric, report.method));
    log.event('done', { paths }, `Wrote ${paths.join(' and ')}.`);
  }
  log.result(report.summary, formatTable(summaryTable(report, provenance.deviations), 'text'));
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
function requireComplete(
  { items, missing, unknown }: Benchmark,
  { allowIncomplete }: EvalFlags,
  log: Log,
): void {
  const problems = [
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`without ground truth: ${listed(unknown)}`] : []),
  ].join('; ');
  if (problems === '') return;
  log.event('incomplete', { missing, unknown });
  if (!allowIncomplete)
    throw new CliError(`${problems}; fix it, or score the others only with --allow-incomplete`);
  log.warn(`${problems}; continuing with ${items.length} results.`);
}

function reportPart(
  { index, count }: Shard,
  rest: number,
  { items }: Benchmark,
  { allowIncomplete }: EvalFlags,
  log: Log,
): void {
  const without = allowIncomplete ? '; --shard 0/1 writes them without results that cannot be scored' : '';
  const text = `Part ${index} of ${count} is done; ${rest} of ${items.length} results have no score yet. Any part writes the tables once all are scored${without}.`;
  log.event('partial', { rest }, text);
}
