/** The standard normal distribution's 97.5th percentile. */
const Z = 1.959964;

/** A share, and where the true one lies with 95 % confidence. */
export interface ShareInterval {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval of a share, at 95 %. NaN where nothing was counted.
 * @throws RangeError unless 0 <= count <= n, both integers
 * Source: Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
 */
export function wilsonInterval(count: number, n: number): ShareInterval {
  if (!Number.isInteger(count) || !Number.isInteger(n) || count < 0 || count > n)
    throw new RangeError(`${count} of ${n} is no share; pass counts with 0 <= count <= n.`);
  const share = count / n;
  const square = (Z * Z) / n;
  const middle = (share + square / 2) / (1 + square);
  const half = (Z * Math.sqrt((share * (1 - share)) / n + square / (4 * n))) / (1 + square);
  return { share, low: middle - half, high: middle + half };
}
