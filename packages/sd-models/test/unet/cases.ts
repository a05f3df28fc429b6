import { type DType, type Tensor, TorchCpuGenerator, tensor } from '@lusd/tensor';
import { fillWeights } from '@lusd/testing-models/fillWeights';
import { parseUNetConfig } from '../../src/unet/config.ts';
import { UNet2DConditionModel } from '../../src/unet/unet.ts';
import { type GoldenCase, pictureTensor, readGolden } from '../support/golden.ts';

/** What `reference/sd-models/unet.py` says of a case. */
export interface UNetRecord {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weightSeed: number;
  readonly inputSeed: number;
  /** NCHW. */
  readonly sampleShape: readonly [number, number, number, number];
  readonly contextLength: number;
  readonly timestep: number | readonly number[];
  /** The worst error of PyTorch's own f16 arithmetic in the stored elements of any layer, relative to the largest of them. */
  readonly halfError: number;
}

export type UNetCase = GoldenCase<UNetRecord>;

export function readUNetCases(): Promise<UNetCase[]> {
  return readGolden<UNetRecord>('unet');
}

export function makeUNet({ record }: UNetCase, dtype: DType = 'f32'): UNet2DConditionModel {
  return fillWeights(new UNet2DConditionModel(parseUNetConfig(record.config)), record.weightSeed, dtype);
}

export interface UNetInputs extends Disposable {
  readonly sample: Tensor;
  readonly context: Tensor;
  /** The gradient of the output from which those of sample and context follow. */
  readonly gradient: Tensor;
}

/** The case's inputs, drawn as the reference draws them. */
export function makeInputs({ record }: UNetCase, { config }: UNet2DConditionModel): UNetInputs {
  const generator = new TorchCpuGenerator(record.inputSeed);
  const [batch, channels, height, width] = record.sampleShape;
  const draw = (...shape: number[]) => ({ data: generator.randn(shape.reduce((a, b) => a * b)), shape });
  const sample = draw(batch, channels, height, width);
  const context = draw(batch, record.contextLength, config.crossAttentionDim);
  const gradient = draw(batch, config.outChannels, height, width);
  const inputs = {
    sample: pictureTensor(sample.data, sample.shape),
    context: tensor(context.data, { shape: context.shape }),
    gradient: pictureTensor(gradient.data, gradient.shape),
  };
  return {
    ...inputs,
    [Symbol.dispose]: () => {
      for (const input of Object.values(inputs)) input.dispose();
    },
  };
}
