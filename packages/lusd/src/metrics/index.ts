export { cosineSimilarity, meanAbsoluteDifference, meanSquaredDifference } from './distance.ts';
export { ClipEmbedder, type Embedder, type Tokens } from './embedder.ts';
export { type EvaluationOptions, evaluateTurns, summarizeTurns, type TurnScores } from './evaluate.ts';
export { type EvaluationSources, type EvaluationTurn, type FoundTurns, findTurns } from './findTurns.ts';
export { type TurnFiles, turnFiles } from './magicBrush.ts';
export { simpson } from './simpson.ts';
export {
  byCategory,
  type CategorySummaries,
  type ClipScores,
  type EditCategory,
  type EditScores,
  type MetricSummary,
  type PixelScores,
  type PixelSummary,
  summarize,
  summarizeByCategory,
  summarizePixels,
} from './summary.ts';
export { isEditCategory, parseCaptions, parseCategories, type TurnTable } from './turnTable.ts';
