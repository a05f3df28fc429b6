/** From values to places along an axis. */
export interface Scale {
  place(value: number): number;
  /** Values to write at the axis. */
  readonly ticks: readonly number[];
}

/** @param from the place of `low` @param to the place of `high` */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1;
  return {
    place: (value) => from + ((value - low) / span) * (to - from),
    ticks: low === high ? [low] : [low, high],
  };
}

/** Of values above 0; ticks are the powers of ten between, or the ends where there are fewer than two. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const { place } = linearScale(Math.log10(low), Math.log10(high), from, to);
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.floor(Math.log10(high)); power++)
    powers.push(10 ** power);
  return { place: (value) => place(Math.log10(value)), ticks: powers.length > 1 ? powers : [low, high] };
}
