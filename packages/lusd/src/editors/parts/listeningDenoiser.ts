import type { Moment } from '@lusd/sd-models';
import { clone, keep } from '@lusd/tensor';
import type { Denoiser, Prediction, Query, Tap } from '../../denoiser.ts';
import { Disposables } from '../../disposables.ts';
import type { AttentionMaps } from '../../mask/attentionMask.ts';
import { maskTap } from '../../mask/maskTap.ts';
import type { LatentSize } from '../../picture/latents.ts';
import { joinTaps } from '../../taps.ts';

/** A tap that also reads the mask's attention. */
interface Joined<T> {
  readonly tap: Tap<T>;
  readonly both: Tap<readonly [T, AttentionMaps]>;
}

/**
 * A denoiser that also reads the attention of the target prompt, at the first prediction of an attempt that has a query
 * for it. The method need not know.
 */
export class ListeningDenoiser implements Denoiser {
  /** By the position of the query. */
  private readonly taps: Tap<AttentionMaps>[] = [];
  private readonly joined: Joined<unknown>[] = [];
  private readonly held = new Disposables();
  private heard: AttentionMaps | null = null;

  constructor(
    private readonly inner: Denoiser,
    private readonly size: LatentSize,
  ) {}

  get gradient(): Denoiser['gradient'] {
    return this.inner.gradient?.bind(this.inner);
  }

  predict<const Q extends readonly Query[], T = null>(
    timestep: number | Moment,
    queries: Q,
    tap: Tap<T> | null = null,
  ): Prediction<Q, T> {
    const query = queries.findIndex(({ prompt }) => prompt === 'target');
    if (query < 0 || this.heard) return this.inner.predict(timestep, queries, tap);
    const listening = this.tapAt(query);
    if (tap) {
      const { noises, tapped } = this.inner.predict(timestep, queries, this.join(tap, listening));
      this.hear(tapped[1]);
      return { noises, tapped: tapped[0] };
    }
    const { noises, tapped } = this.inner.predict(timestep, queries, listening);
    this.hear(tapped);
    return { noises, tapped: null as T };
  }

  /** The maps that were read since the last call, which are the caller's from now on; null if none were. */
  take(): AttentionMaps | null {
    const { heard } = this;
    if (heard) for (const map of [heard.cross, heard.self]) this.held.remove(map);
    this.heard = null;
    return heard;
  }

  /** Frees the maps that nobody took. */
  dispose(): void {
    this.held.dispose();
    this.heard = null;
  }

  private hear({ cross, self }: AttentionMaps): void {
    this.heard = { cross: this.held.add(keep(clone(cross))), self: this.held.add(keep(clone(self))) };
  }

  // One and the same tap for the same wish, since a denoiser captures its calls by their taps.

  private tapAt(query: number): Tap<AttentionMaps> {
    this.taps[query] ??= maskTap(query, this.size);
    return this.taps[query];
  }

  private join<T>(tap: Tap<T>, listening: Tap<AttentionMaps>): Tap<readonly [T, AttentionMaps]> {
    const known = this.joined.find((one) => one.tap === tap);
    if (known) return known.both as Tap<readonly [T, AttentionMaps]>;
    const both = joinTaps(tap, listening);
    this.joined.push({ tap, both });
    return both;
  }
}
