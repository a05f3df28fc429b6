/** A learning rate as a function of the number of steps taken: `optimizer.learningRate = schedule(step)`. */
export type LearningRateSchedule = (step: number) => number;

/** Multiplies the rate by `gamma` every `stepSize` steps; torch's StepLR. */
export function stepLR(lr: number, stepSize: number, gamma = 0.1): LearningRateSchedule {
  return (step) => lr * gamma ** Math.floor(step / stepSize);
}

/** From `startFactor` times the rate to the rate, in a straight line over `totalIters` steps; torch's LinearLR. */
export function linearLR(lr: number, startFactor: number, totalIters: number): LearningRateSchedule {
  return (step) => lr * (startFactor + (1 - startFactor) * Math.min(1, step / totalIters));
}

/** Half a cosine from the rate to `etaMin` over `tMax` steps; torch's CosineAnnealingLR. */
export function cosineAnnealingLR(lr: number, tMax: number, etaMin = 0): LearningRateSchedule {
  return (step) => etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * step) / tMax))) / 2;
}

/** The form of the one-cycle schedule, with the names and defaults of torch's OneCycleLR. */
export interface OneCycleOptions {
  /** Share of the steps in which the rate rises; default 0.3. */
  pctStart?: number;
  /** The first rate is maxLr / divFactor; default 25. */
  divFactor?: number;
  /** The last rate is the first / finalDivFactor; default 1e4. */
  finalDivFactor?: number;
}

/** Rises to `maxLr` and falls far below the start, both along half cosines; torch's OneCycleLR. */
export function oneCycleLR(
  maxLr: number,
  totalSteps: number,
  options: OneCycleOptions = {},
): LearningRateSchedule {
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  const peak = pctStart * totalSteps - 1;
  const cosine = (from: number, to: number, share: number) =>
    to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return (step) =>
    step <= peak
      ? cosine(first, maxLr, step / peak)
      : cosine(maxLr, last, (step - peak) / (totalSteps - 1 - peak));
}
