/**
 * Whether all recorded runs are repeated: SwiftShader takes ten times as long as lavapipe, so that there one of each kind
 * shows that its kernels agree.
 */
export const repeatsAll = process.env.LUSD_ADAPTER !== 'swiftshader';

/** All cases, or on SwiftShader the first `count`: the cheapest come first. */
export function recordingsOf<T>(cases: readonly T[], count = 1): readonly T[] {
  return repeatsAll ? cases : cases.slice(0, count);
}
