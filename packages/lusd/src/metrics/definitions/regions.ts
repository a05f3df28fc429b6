import { defineMetric, type Metric, type MetricDefinition } from '../metric.ts';
import type { MetricModels, ModelName } from '../models.ts';
import { isEmptyRegion, maskedPicture, type Picture, type Region } from '../picture.ts';

/** The endings of PIE-Bench's columns. */
const SUFFIX: Readonly<Record<Region, string>> = {
  whole: '',
  edited: '_edit_part',
  unedited: '_unedit_part',
};
const TITLE: Readonly<Record<Region, string>> = { whole: '', edited: ' edited', unedited: ' unedited' };

/** A metric of two pictures, before it is known which parts of them are compared. */
export interface ComparisonDefinition<M extends ModelName>
  extends Omit<MetricDefinition<never, M>, 'compute' | 'needs'> {
  compare(source: Picture, result: Picture, models: Pick<MetricModels, M>): Promise<number> | number;
}

/**
 * The metric of a region of source and result. Both are multiplied by the region's mask, and nothing is divided by its
 * area, so that what lies outside counts as equal. NaN for an empty region.
 * Source: PnPInversion's `evaluation/matrics_calculator.py`.
 */
function overRegion<M extends ModelName>(
  region: Region,
  { compare, ...definition }: ComparisonDefinition<M>,
): Metric {
  const facts = {
    ...definition,
    name: `${definition.name}${SUFFIX[region]}`,
    title: `${definition.title}${TITLE[region]}`,
  };
  if (region === 'whole') {
    return defineMetric<'source', M>({
      ...facts,
      needs: ['source'],
      compute: ({ source, result }, models) => compare(source, requireSize(result, source), models),
    });
  }
  return defineMetric<'source' | 'mask', M>({
    ...facts,
    needs: ['source', 'mask'],
    compute: ({ source, result, mask }, models) => {
      if (isEmptyRegion(mask, region)) return Number.NaN;
      const part = (picture: Picture) => maskedPicture(picture, mask, region);
      return compare(part(source), part(requireSize(result, source)), models);
    },
  });
}

/** Over all three regions. */
export function overRegions<M extends ModelName>(definition: ComparisonDefinition<M>): readonly Metric[] {
  return (['whole', 'unedited', 'edited'] as const).map((region) => overRegion(region, definition));
}

/** @throws RangeError if the sizes differ */
function requireSize(result: Picture, source: Picture): Picture {
  if (result.width === source.width && result.height === source.height) return result;
  throw new RangeError(
    `The result is ${result.width} x ${result.height} but its source is ${source.width} x ${source.height}; edit at the source's size, or resize one of them.`,
  );
}
