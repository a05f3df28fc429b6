export { MetricsError } from '../errors.ts';
export {
  type Aggregate,
  aggregatesOf,
  meanOf,
  SCORE_SUMMARY,
  type Scores,
  SUCCESS_THRESHOLDS,
  successShares,
} from './aggregate.ts';
export { batchedEmbedder } from './batchedModels.ts';
export type { OutputStore } from './batcher.ts';
export { dinoClassTokens, dinoSelfSimilarity, selfSimilarity } from './dinoModels.ts';
export { cosineSimilarity, meanAbsoluteDifference, meanSquaredDifference } from './distance.ts';
export { ClipEmbedder, type Embedder, type Tokens } from './embedder.ts';
export { type EvaluationOptions, evaluate, type ItemScores } from './evaluate.ts';
export type { Item, ItemMask, ItemTexts } from './item.ts';
export type { TurnProtocol } from './layouts/magicBrush.ts';
export { PIE_BENCH_TYPES, type PieBenchEdit, parsePieBench, pieBenchMask } from './layouts/pieBench.ts';
export {
  type CategoryRow,
  type EditCategory,
  parseCaptions,
  parseCategories,
  parseCategoryRows,
  type TurnTable,
} from './layouts/turnTable.ts';
export { lpipsDistance } from './lpipsModel.ts';
export {
  defineMetric,
  type Metric,
  type MetricDefinition,
  type MetricFacts,
  type Need,
  type Subject,
  type SubjectParts,
} from './metric.ts';
export type { MetricModels, ModelName, PictureTextModel } from './models.ts';
export {
  type EditMask,
  identify,
  identifyMask,
  maskedPicture,
  type Picture,
  type Region,
} from './picture.ts';
export { BENCHMARKS, PUBLISHED, type PublishedRow } from './published.ts';
export { allMetrics, DEFAULT_METRICS, type MetricOptions, metricsNamed } from './registry.ts';
export {
  type EvaluationReport,
  encodeNumber,
  formatNumbers,
  type Provenance,
  parseReport,
  parseScores,
  type ReportItem,
} from './report.ts';
export { type SsimVariant, ssim } from './ssim.ts';
export { type BootstrapOptions, bootstrapInterval, type Interval } from './statistics/bootstrap.ts';
export { type ShareInterval, wilsonInterval } from './statistics/wilson.ts';
export {
  parseStudyAnswers,
  parseStudyKey,
  type StudyAnswers,
  type StudyChoice,
  type StudyKey,
  type StudyShare,
  studyShares,
} from './study/answers.ts';
export {
  drawTrials,
  STUDY_QUESTIONS,
  type StudyOptions,
  type StudyQuestion,
  type StudyTrial,
} from './study/trials.ts';
export type { PictureSources } from './subject.ts';
export {
  compareMethods,
  type ScoredItem,
  type Summary,
  type SummaryValue,
  summarize,
  summarizeByCategory,
} from './summary.ts';
