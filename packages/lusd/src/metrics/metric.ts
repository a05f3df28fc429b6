import type { MetricModels, ModelName } from './models.ts';
import type { EditMask, Picture } from './picture.ts';

/** What a metric may compare a result with. */
export interface SubjectParts {
  readonly source: Picture;
  readonly groundTruth: Picture;
  readonly mask: EditMask;
  readonly sourceText: string;
  readonly targetText: string;
  readonly localText: string;
}

/** Names what a metric compares a result with. */
export type Need = keyof SubjectParts;

/** An item whose pictures are read: those that metrics need, where the item has them. */
export interface Subject extends Partial<SubjectParts> {
  readonly result: Picture;
}

/** What tables and reports say about a metric. */
export interface MetricFacts {
  /** Of its column in files, such as `psnr_unedit_part`; unique. */
  readonly name: string;
  /** Of its column in tables for people, such as `PSNR`. */
  readonly title: string;
  readonly better: 'higher' | 'lower';
  /** Tables show the value times this. */
  readonly scale: number;
  /** Digits after the point in tables. */
  readonly digits: number;
}

/** A number that says how good one result is. */
export interface Metric extends MetricFacts {
  readonly needs: readonly Need[];
  readonly models: readonly ModelName[];
  /**
   * @returns NaN where the item has not what the metric needs, or where the metric is not defined; it may be infinite
   * @throws Error for pictures or texts that the metric cannot compare, or a model that is not there
   */
  compute(subject: Subject, models: Partial<MetricModels>): Promise<number>;
}

/** A metric as its file says it: `compute` gets what the metric needs, and nothing else. */
export interface MetricDefinition<N extends Need, M extends ModelName> extends MetricFacts {
  readonly needs: readonly N[];
  readonly models: readonly M[];
  compute(
    subject: Pick<Subject, 'result'> & Pick<SubjectParts, N>,
    models: Pick<MetricModels, M>,
  ): Promise<number> | number;
}

/** Makes a metric of its definition. */
export function defineMetric<N extends Need, M extends ModelName>(
  definition: MetricDefinition<N, M>,
): Metric {
  const { needs, models: names, name } = definition;
  return {
    ...definition,
    async compute(subject, models) {
      if (!hasAll<SubjectParts, N>(subject, needs)) return Number.NaN;
      if (hasAll<MetricModels, M>(models, names)) return definition.compute(subject, models);
      throw new RangeError(`${name} needs the models ${names.join(', ')}; pass all of them.`);
    },
  };
}

function hasAll<Whole, K extends keyof Whole>(
  value: Partial<Whole>,
  keys: readonly K[],
): value is Partial<Whole> & Pick<Whole, K> {
  return keys.every((key) => value[key] !== undefined);
}
