import { TensorError } from '../errors.ts';
import { type Generator, rangeOf, requireCount, requireInt32Range, toSeed } from './generator.ts';
import { philox4x32 } from './philox.ts';

/** The properties of the GPU to imitate; they decide which thread draws which element of a large tensor. */
export interface TorchCudaOptions {
  /** Streaming multiprocessors; 108 (an A100) if not given. */
  readonly multiProcessorCount?: number;
  /** Resident threads a multiprocessor can hold; 2048 (an A100) if not given. */
  readonly maxThreadsPerMultiProcessor?: number;
}

const { fround } = Math;
const THREADS_PER_BLOCK = 256;
const OUTPUTS_PER_THREAD = 4;
/** From this range on, torch draws 64-bit integers. */
const WIDE_RANGE = 2 ** 28;

/** What one call draws from: Philox's key, and its counters by thread and round. */
export interface TorchDraw {
  /** The low and the high word. */
  readonly key: readonly [number, number];
  /** Counter of the first round. */
  readonly offset: number;
  /** Threads of a round, each of which draws four words: word j goes to element thread + j threads of the round. */
  readonly threads: number;
  readonly rounds: number;
}

/**
 * torch.Generator('cuda') on the host: cuRAND's Philox4x32-10 with ATen's distribution of elements over threads.
 * Integers and uniforms are equal to torch's bit by bit; normals differ by the GPU's approximate sine and cosine.
 *
 * While the GPU holds a thread for each element (221184 on an A100), the result is the same on every GPU.
 */
export class TorchCudaGenerator implements Generator {
  private maxBlocks: number;
  private seed: bigint;
  /** Philox blocks of four words every thread has used: a quarter of torch's `philox_offset_per_thread`. */
  private offset = 0;

  constructor(seed: number | bigint, options: TorchCudaOptions = {}) {
    const { multiProcessorCount = 108, maxThreadsPerMultiProcessor = 2048 } = options;
    this.maxBlocks = multiProcessorCount * Math.floor(maxThreadsPerMultiProcessor / THREADS_PER_BLOCK);
    if (!Number.isSafeInteger(this.maxBlocks) || this.maxBlocks < 1) {
      throw new TensorError(
        `TorchCudaGenerator: ${multiProcessorCount} multiprocessors of ${maxThreadsPerMultiProcessor} threads hold no block of ${THREADS_PER_BLOCK}`,
      );
    }
    this.seed = toSeed(seed);
  }

  /** A generator in the same state. */
  clone(): TorchCudaGenerator {
    const clone = new TorchCudaGenerator(this.seed);
    clone.maxBlocks = this.maxBlocks;
    clone.offset = this.offset;
    return clone;
  }

  get initialSeed(): bigint {
    return this.seed;
  }

  manualSeed(seed: number | bigint): this {
    this.seed = toSeed(seed);
    this.offset = 0;
    return this;
  }

  rand(n: number): Float32Array<ArrayBuffer> {
    requireCount('rand', n);
    const out = new Float32Array(n);
    this.draw(n, (word, words, i) => {
      const uniform = toUniform(words[word]!);
      out[i] = uniform === 1 ? 0 : uniform; // cuRAND draws from (0, 1], torch from [0, 1)
    });
    return out;
  }

  randn(n: number): Float32Array<ArrayBuffer> {
    requireCount('randn', n);
    const out = new Float32Array(n);
    this.draw(n, (word, words, i) => {
      const pair = word & 2;
      const radius = fround(Math.sqrt(-2 * fround(Math.log(toUniform(words[pair]!)))));
      const angle = toAngle(words[pair + 1]!);
      out[i] = radius * fround(word & 1 ? Math.cos(angle) : Math.sin(angle));
    });
    return out;
  }

  randint(low: number, high: number): number {
    return low + this.integersBelow('randint', low, high, 1)[0]!;
  }

  randintArray(low: number, high: number, n: number): Int32Array<ArrayBuffer> {
    requireCount('randintArray', n);
    requireInt32Range('randintArray', low, high);
    return this.integersBelow('randintArray', low, high, n).map((value) => low + value);
  }

  private integersBelow(op: string, low: number, high: number, n: number): Int32Array<ArrayBuffer> {
    const range = rangeOf(op, low, high);
    if (range >= WIDE_RANGE) {
      throw new TensorError(`${op}: a CUDA generator draws from ranges below 2^28, got [${low}, ${high})`);
    }
    const out = new Int32Array(n);
    this.draw(n, (word, words, i) => {
      out[i] = words[word]! % range;
    });
    return out;
  }

  /**
   * ATen's grid-stride loop (`distribution_elementwise_grid_stride_kernel`): in each round, thread t draws four
   * words, and word j goes to element t + j * threads of the round. Calls `store(word, words, element)`.
   */
  private draw(n: number, store: (word: number, words: Uint32Array, element: number) => void): void {
    const { key, offset, threads, rounds } = this.reserve(n);
    const words = new Uint32Array(4);
    for (let round = 0; round < rounds; round++) {
      const start = round * threads * OUTPUTS_PER_THREAD;
      for (let thread = 0; thread < threads && start + thread < n; thread++) {
        words[0] = offset + round;
        words[1] = Math.floor((offset + round) / 2 ** 32);
        words[2] = thread;
        words[3] = 0;
        philox4x32(words, ...key);
        for (let word = 0; word < OUTPUTS_PER_THREAD; word++) {
          const element = start + thread + word * threads;
          if (element < n) store(word, words, element);
        }
      }
    }
  }

  /** @internal The words of the next `n` numbers, which whoever asks draws instead. */
  reserve(n: number): TorchDraw {
    const threads = THREADS_PER_BLOCK * Math.min(Math.ceil(n / THREADS_PER_BLOCK), this.maxBlocks);
    const rounds = n === 0 ? 0 : Math.ceil(n / (threads * OUTPUTS_PER_THREAD));
    const { offset } = this;
    this.offset += rounds;
    const key = [Number(BigInt.asUintN(32, this.seed)), Number(this.seed >> 32n)] as const;
    return { key, offset, threads, rounds };
  }
}

const UNIFORM_STEP = 2 ** -32;
const ANGLE_STEP = fround(UNIFORM_STEP * fround(2 * Math.PI));

/** A word as an f32 in (0, 1] (`_curand_uniform`). */
function toUniform(word: number): number {
  return fround(fround(word) * UNIFORM_STEP + UNIFORM_STEP / 2);
}

/** A word as an f32 angle in (0, 2 pi] (`_curand_box_muller`). */
function toAngle(word: number): number {
  return fround(fround(word) * ANGLE_STEP + ANGLE_STEP / 2);
}
