export { MetricsError } from '../errors.ts';
export { cosineSimilarity, meanAbsoluteDifference, meanSquaredDifference } from './distance.ts';
export { ClipEmbedder, type Embedder, type Tokens } from './embedder.ts';
export { type EvaluationOptions, evaluateTurns, summarizeTurns, type TurnScores } from './evaluate.ts';
export type { EvaluationTurn, TurnFiles } from './magicBrush.ts';
export type { PixelScores } from './pixelMetrics.ts';
export {
  byCategory,
  type CategorySummaries,
  type ClipScores,
  type EditCategory,
  type EditScores,
  type MetricSummary,
  type PixelSummary,
  summarize,
  summarizeByCategory,
  summarizePixels,
} from './summary.ts';
export { isEditCategory, parseCaptions, parseCategories, type TurnTable } from './turnTable.ts';
