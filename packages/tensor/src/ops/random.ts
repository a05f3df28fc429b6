import { type DType, requireFloat } from '../dtype.ts';
import { TensorError } from '../errors.ts';
import { currentDevice, type Device } from '../gpu/device.ts';
import { replaceAs } from '../kernels/cast.ts';
import { type Distribution, drawInto } from '../kernels/philox.ts';
import { torchNormalsInto } from '../kernels/torchDraw.ts';
import { warnAtCollection } from '../leaks.ts';
import { type Generator, toSeed } from '../random/generator.ts';
import { TorchCudaGenerator } from '../random/torchCudaGenerator.ts';
import { keep } from '../scope.ts';
import { numel, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { type CreateOptions, tensor } from './create.ts';

/** Dtype and device of random numbers, and who draws them. */
export interface RandomOptions<G = Generator> extends CreateOptions {
  /**
   * Draws what torch draws from the same seed, and advances: on the host, but `randn` of a `TorchCudaGenerator` on a GPU
   * itself, the same bit by bit. The numbers are drawn as f32 and rounded to `dtype`. Default: the device's own
   * generator, which has torch's distributions, but not torch's numbers.
   */
  generator?: G;
}

/** The default seed of a device, torch's. */
const DEFAULT_SEED = 67280421310721n;

/** Each device's generator: key and counter, in memory that a captured draw reads and advances. */
const states = new WeakMap<Device, Tensor>();

/**
 * Seeds the generator of `device` (default: the one opened last): the same seed gives the same numbers again.
 * A device not seeded starts from one fixed seed. Not possible inside a captured step, whose replays draw on.
 * @throws TensorError if `seed` is not a 64-bit integer
 */
export function manualSeed(seed: number | bigint, device: Device = currentDevice()): void {
  const key = toSeed(seed);
  const low = Number(key & 0xffffffffn);
  const high = Number(key >> 32n);
  const words = [low, high, 0, 0];
  const known = states.get(device);
  if (known) known.copyFrom(words);
  else states.set(device, newState(words, device));
}

/** Whether `device` has a generator, which keeps one buffer for as long as the device lives. */
export function isSeeded(device: Device): boolean {
  return states.has(device);
}

function newState(words: readonly number[], device: Device): Tensor {
  if (device.capturing) {
    throw new TensorError('rand: the first draw of a device cannot be captured; call manualSeed before');
  }
  const state = keep(tensor(words, { dtype: 'u32', device }));
  warnAtCollection.cancel(state); // lives as long as its device
  return state;
}

/** Numbers from the uniform distribution on [0, 1). Each call and each replay of a capture draws new ones. */
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  const { generator, dtype = 'f32', device = currentDevice() } = options;
  if (!generator) return draw('rand', 'uniform', shape, { dtype, device });
  requireFloat('rand', dtype);
  return tensor(generator.rand(numel(shape)), { shape, dtype, device });
}

/** Numbers from the standard normal distribution. Each call and each replay of a capture draws new ones. */
export function randn(shape: Shape, options: RandomOptions<Pick<Generator, 'randn'>> = {}): Tensor {
  const { generator, device = currentDevice(), dtype = 'f32' } = options;
  if (!generator) return draw('randn', 'normal', shape, { device, dtype });
  requireFloat('randn', dtype);
  if (generator instanceof TorchCudaGenerator) {
    if (device.capturing) throw new TensorError(DRAW_IN_CAPTURE);
    // The host computes with doubles, the device with integers, which take a software adapter longer.
    if (!device.tuning.facts.software) return torchNormals(generator, shape, device, dtype);
  }
  return tensor(generator.randn(numel(shape)), { shape, dtype, device });
}

const DRAW_IN_CAPTURE =
  'randn: the numbers of a generator cannot be drawn in a captured step, which would repeat them; draw them before';

function torchNormals(generator: TorchCudaGenerator, shape: Shape, device: Device, dtype: DType): Tensor {
  const drawn = Tensor.empty(device, shape, 'f32', 'randn');
  if (drawn.size > 0) torchNormalsInto(drawn, generator.reserve(drawn.size));
  return replaceAs(drawn, dtype);
}

function draw(
  name: 'rand' | 'randn',
  distribution: Distribution,
  shape: Shape,
  { dtype = 'f32', device = currentDevice() }: CreateOptions,
): Tensor {
  requireFloat(name, dtype);
  if (!isSeeded(device)) manualSeed(DEFAULT_SEED, device);
  const out = Tensor.empty(device, shape, dtype, name);
  drawInto(out, states.get(device)!, distribution);
  return out;
}
