import type { Moment } from '@lusd/sd-models';
import { inference, scope, type Tensor } from '@lusd/tensor';
import { Disposables } from '../disposables.ts';
import { type AttentionMaps, mapsOf } from '../mask/attentionMask.ts';
import { latentSize } from '../picture/latents.ts';
import type { RepeatedStep } from '../repeatedStep.ts';
import { deviation } from './deviation.ts';
import type { Problem, State } from './editor.ts';
import type { DeviceNumbers } from './numbers.ts';
import { ListeningDenoiser } from './parts/listeningDenoiser.ts';
import type { Score, Terms } from './score.ts';

/** What an attempt finds; valid until the next one. */
export interface Attempt {
  /** What the latents would descend along, f32 [1, h, w, C]. */
  readonly gradient: Tensor;
  /** Its standard deviation, f32 []. */
  readonly deviation: Tensor;
  /** The target prompt's attention; null if nobody listens, or nothing was heard. */
  readonly maps: AttentionMaps | null;
}

/** The attempts of a run: those of a formula are captured where the denoiser can, all others run anew each time. */
export class Attempts {
  /** Overhears the target prompt's attention. */
  private readonly ear: ListeningDenoiser | null;
  private readonly captured: RepeatedStep<Attempt> | null = null;
  /** Of the latest attempt that was not captured. */
  private readonly held = new Disposables();

  constructor(
    private readonly problem: Problem,
    private readonly score: Score,
    private readonly numbers: DeviceNumbers,
    listens: boolean,
  ) {
    const { denoiser, source } = problem;
    this.ear = listens ? new ListeningDenoiser(denoiser, latentSize(source)) : null;
    if (!('formula' in score)) return;
    const step = (latents: Tensor, noise: Tensor) =>
      this.find(() => score.formula(this.terms(latents, noise)));
    this.captured = denoiser.capture?.(step) ?? null;
  }

  /** @param state whose numbers `numbers` was set to */
  make(state: State): Attempt {
    if (this.captured) return this.captured.call(state.latents, state.draw.noise);
    this.held.dispose();
    const attempt = inference(() => this.find(() => this.gradientOf(state)));
    const { gradient, deviation, maps } = attempt;
    for (const tensor of [gradient, deviation, ...mapsOf(maps)]) this.held.add(tensor);
    return attempt;
  }

  dispose(): void {
    for (const item of [this.captured, this.held, this.ear]) item?.dispose();
  }

  private find(compute: () => Tensor): Attempt {
    this.ear?.dispose();
    const gradient = scope(compute);
    return { gradient, deviation: deviation(gradient), maps: this.ear?.take() ?? null };
  }

  private gradientOf(state: State): Tensor {
    const { score } = this;
    const { iteration, draw } = state;
    const heard = { ...state, denoiser: this.ear ?? state.denoiser };
    if ('gradient' in score) return score.gradient(heard);
    const at = { iteration, timestep: draw.timestep };
    return score.formula({ ...heard, number: (_, of) => of(at) });
  }

  private terms(latents: Tensor, noise: Tensor): Terms {
    const { problem, numbers } = this;
    const { source, schedule, denoiser } = problem;
    const timestep: Moment = {
      timestep: numbers.get('timestep', ({ timestep }) => timestep),
      alpha: numbers.get('alpha', ({ timestep }) => schedule.alpha(timestep)),
      sigma: numbers.get('sigma', ({ timestep }) => schedule.sigma(timestep)),
    };
    return {
      source,
      schedule,
      denoiser: this.ear ?? denoiser,
      latents,
      draw: { timestep, noise },
      number: (name, of) => numbers.get(`formula: ${name}`, of),
    };
  }
}
