import {
  type Draw,
  GeneratorDraws,
  makeGenerator,
  NoiseSchedule,
  timestepLimit,
  updateFactor,
} from '@lusd/lusd';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { concat, keep, noGrad, scope, split, type Tensor, tensor } from '@lusd/tensor';

export interface DdsRequest {
  readonly image: Image;
  /** Prompts: what the picture shows, and what it shall show. */
  readonly source: string;
  readonly target: string;
  readonly numSteps: number;
  readonly lr: number;
  /** Weight of classifier-free guidance in both predictions. */
  readonly guidanceScale: number;
  readonly tMin: number;
  readonly tMax: number;
  /** Of torch's CPU generator. */
  readonly seed: number;
}

/**
 * Delta Denoising Score (Hertz, Aberman, Cohen-Or, ICCV 2023, arXiv 2304.07090): descends along
 * eps(z_t; target, w) - eps(zsrc_t; source, w), where both have the same timestep and noise and w weighs the
 * classifier-free guidance. As in its authors' program the weighting w(t) is 1 and the gradient is multiplied by
 * 2000 / (h w), which LUSD took over.
 */
export async function ddsEdit(pipeline: StableDiffusion, request: DdsRequest): Promise<Image> {
  const { source, target, numSteps, tMin, tMax, seed } = request;
  const schedule = new NoiseSchedule(pipeline.schedulerConfig);
  using original = scope(() => pipeline.encodeImage(request.image).mean);
  using context = scope(() => pipeline.unet.prepareContext(pipeline.encodePrompts(['', source, '', target])));
  const generator = makeGenerator('cpu', seed);
  const draws = new GeneratorDraws(generator, tMin, timestepLimit(tMax), original.size);

  let latents = keep(original.detach());
  try {
    for (let k = 0; k < numSteps; k++) {
      const draw = draws.next();
      const before = latents;
      latents = keep(noGrad(() => scope(() => step(before, draw))));
      before.dispose();
      await latents.device.sync();
    }
    return await pipeline.decodeLatents(latents);
  } finally {
    latents.dispose();
  }

  function step(current: Tensor, { timestep, noise }: Draw): Tensor {
    const [, height, width, channels] = current.shape;
    const eps = tensor(noise, { shape: [1, channels!, height!, width!], device: current.device }).permute([
      0, 2, 3, 1,
    ]);
    const noisy = (z: Tensor) => z.mul(schedule.alpha(timestep)).add(eps.mul(schedule.sigma(timestep)));
    const [from, to] = [noisy(original), noisy(current)];
    const predicted = pipeline.unet.forward(concat([from, from, to, to], 0), timestep, context);
    const [plainSource, withSource, plainTarget, withTarget] = split(predicted, [1, 1, 1, 1], 0);
    const guided = (plain: Tensor, given: Tensor) => plain.add(given.sub(plain).mul(request.guidanceScale));
    const direction = guided(plainTarget!, withTarget!).sub(guided(plainSource!, withSource!));
    return current.sub(direction.mul(request.lr * updateFactor(height!, width!)));
  }
}
