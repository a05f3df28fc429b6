export { cosineSimilarity, meanAbsoluteDifference, meanSquaredDifference } from './distance.ts';
export { type TurnFiles, turnFiles } from './magicBrush.ts';
export { simpson } from './simpson.ts';
export {
  type CategorySummaries,
  type EditCategory,
  type EditScores,
  type MetricSummary,
  summarizeByCategory,
} from './summary.ts';
