import { join } from 'node:path';
import {
  type EvaluationReport,
  formatNumbers,
  type MetricFacts,
  meanOf,
  type ReportItem,
  summarizeByCategory,
} from '@lusd/lusd/metrics';
import { assessEdit, draw, type ShapesEdit } from '@lusd/lusd/shapes';
import { readImage } from '@lusd/sd-models/node';
import { MOST_BACKGROUND } from '../edits/measure.ts';
import { writeWhole } from '../results.ts';

const METRICS: readonly MetricFacts[] = [
  { name: 'done', title: 'right and background kept', better: 'higher', scale: 100, digits: 1 },
  { name: 'right', title: 'right', better: 'higher', scale: 100, digits: 1 },
  { name: 'background', title: 'background', better: 'lower', scale: 100, digits: 1 },
];

/** Judges a method's results, and keeps the scores beside them as `lusd eval` does. */
export async function scoreResults(
  method: string,
  folder: string,
  edits: readonly ShapesEdit[],
): Promise<void> {
  const items: ReportItem[] = [];
  for (const [i, edit] of edits.entries()) items.push(await scored(edit, i, folder));
  const categories = [...new Set(edits.map(({ kind }) => kind))];
  const report: EvaluationReport = {
    method,
    benchmark: `drawn pictures, ${edits.length} edits`,
    metrics: METRICS,
    categories,
    items,
    summary: summarizeByCategory(items, categories, METRICS.map(meanOf)),
    provenance: { judge: 'assessEdit of @lusd/lusd/shapes' },
  };
  writeWhole(join(folder, 'scores.json'), formatNumbers(report));
}

async function scored(edit: ShapesEdit, index: number, folder: string): Promise<ReportItem> {
  const id = `${index}`;
  const result = join(folder, `${id.padStart(3, '0')}_seed0.png`);
  const image = await readImage(result);
  const { success, background } = assessEdit(edit, draw(edit.picture), image);
  const isKept = background < MOST_BACKGROUND;
  return {
    ...{ id, group: id, categories: [edit.kind], labels: {}, result },
    targetText: edit.target,
    scores: { done: Number(success && isKept), right: Number(success), background },
  };
}
