import { NoiseSchedule } from '@lusd/sd-models';
import { inference, keep, narrow, scope, type Tensor, tensor } from '@lusd/tensor';
import type { Prompt, QueryPrompt } from './denoiser.ts';
import type { Disposables } from './disposables.ts';
import { LatentDraws } from './draws.ts';
import type { Editor, Problem } from './editors/editor.ts';
import type { EditModel, EditRequest, EditSettings } from './editRequest.ts';
import type { FramedPicture } from './picture/framedPicture.ts';
import { latentSize } from './picture/latents.ts';
import { latentMask } from './picture/mask.ts';
import type { TargetTokens } from './prompts/targetTokens.ts';
import { UNetDenoiser } from './unetDenoiser.ts';

/** What a method starts from for a framed picture. What it makes on the device is added to `held`. */
export function makeProblem(
  model: EditModel,
  { source: sourcePrompt, target: targetPrompt, negative, longPrompts = false }: EditRequest,
  { draws = {}, signal }: EditSettings,
  { image, mask }: FramedPicture,
  { samplesLatents = false }: Editor,
  targetTokens: () => Promise<TargetTokens>,
  held: Disposables,
): Problem & { readonly denoiser: UNetDenoiser } {
  const encoded = inference(() => model.encodeImage(image));
  const { mean, logvar } = encoded;
  const latentDraws = new LatentDraws(draws, latentSize(mean), mean.device);
  const source = held.add(samplesLatents ? sampled(encoded, latentDraws) : mean);
  for (const tensor of samplesLatents ? [mean, logvar] : [logvar]) tensor.dispose();
  const schedule = new NoiseSchedule(model.schedulerConfig);
  const prompts = { source: sourcePrompt, target: targetPrompt };
  const texts: Record<Prompt, string> = { null: '', ...prompts, negative: negative ?? sourcePrompt };
  const textOf = (prompt: QueryPrompt) => (typeof prompt === 'string' ? texts[prompt] : prompt.text);
  const encode = (prompts: readonly QueryPrompt[]) =>
    longPrompts
      ? encodeLong(model, prompts.map(textOf), Object.values(texts))
      : model.encodePrompts(prompts.map(textOf));
  return {
    source,
    schedule,
    denoiser: held.add(new UNetDenoiser(model.unet, schedule, encode)),
    draws: latentDraws,
    userMask: mask && held.add(maskTensor(latentMask(mask, model.vae.downscaleFactor), source)),
    scalingFactor: model.vae.config.scalingFactor,
    prompts: { ...prompts, negative: negative ?? null, tokenizer: model.tokenizer, longPrompts },
    targetTokens,
    signal,
  };
}

/** Latents of the distribution that the encoder gives, mean + exp(logvar / 2) eps. */
function sampled({ mean, logvar }: ReturnType<EditModel['encodeImage']>, draws: LatentDraws): Tensor {
  return inference(() => mean.add(logvar.div(2).exp().mul(draws.randn())));
}

/** Prompts in as many chunks as the longest of them and of `others` needs. */
function encodeLong(model: EditModel, prompts: readonly string[], others: readonly string[]): Tensor {
  return scope(() => {
    const encoded = model.encodePrompts([...prompts, ...others], { longPrompts: true });
    return narrow(encoded, 0, 0, prompts.length);
  });
}

function maskTensor(weights: Float32Array<ArrayBuffer>, latents: Tensor): Tensor {
  const { height, width } = latentSize(latents);
  return keep(tensor(weights, { shape: [1, height, width, 1], device: latents.device }));
}
