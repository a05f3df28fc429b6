import {
  AutoencoderKL,
  ClipTextModel,
  defaultClipTokenizer,
  parseSchedulerConfig,
  StableDiffusion,
  UNet2DConditionModel,
} from '@lusd/sd-models';
import { type Module, type Shape, scope, zeros } from '@lusd/tensor';
import { PARSED_CONFIGS, SCHEDULER_CONFIG } from './fullSize/configs.ts';

/** Called with each weight's shape in its file, to run the body that loads it. */
export type LoadWeight = (shape: Shape, load: () => void) => void;

/** A Stable Diffusion 1.5 in f16 whose weights are 0, loaded as a file's are: in PyTorch's layout, frozen. */
export async function makeZeroPipeline(
  loadWeight: LoadWeight = (_, load) => load(),
): Promise<StableDiffusion> {
  const withZeros = <M extends Module>(model: M): M => {
    model.requireGrad(false);
    for (const [name, parameter] of model.namedParameters()) {
      const { torchShape } = parameter;
      const load = () => parameter.loadTorch(name, zeros(torchShape, { dtype: 'f16' }));
      loadWeight(torchShape, () => scope(load));
    }
    return model;
  };
  return new StableDiffusion(
    await defaultClipTokenizer('sd1'),
    withZeros(new ClipTextModel(PARSED_CONFIGS.textEncoder)),
    withZeros(new UNet2DConditionModel(PARSED_CONFIGS.unet)),
    withZeros(new AutoencoderKL(PARSED_CONFIGS.vae)),
    parseSchedulerConfig(SCHEDULER_CONFIG),
  );
}
