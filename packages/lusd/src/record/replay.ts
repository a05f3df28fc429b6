import { type SafetensorsFile, toFloat32, toInt32 } from '@lusd/tensor';
import type { DrawSource } from '../draws.ts';
import { LusdError } from '../errors.ts';

/** How many draws each iteration of a recorded trajectory took; empty if the file is not a trajectory. */
export function recordedAttempts({ tensors }: SafetensorsFile): number[] {
  const attempts: number[] = [];
  const has = (attempt: number) => tensors.has(`s${attempts.length}.t${attempt}.timestep`);
  while (has(0)) {
    let count = 1;
    while (has(count)) count++;
    attempts.push(count);
  }
  return attempts;
}

interface RecordedDraw {
  /** Key of the attempt, for messages. */
  readonly key: string;
  readonly timestep: number;
  readonly noise: Float32Array<ArrayBuffer>;
}

/**
 * The draws of a recorded trajectory, in the order in which they were made: each attempt's timestep, then its noise.
 * For methods that draw nothing else.
 */
export class RecordedDraws implements DrawSource {
  private timesteps = 0;
  private noises = 0;

  private constructor(
    private readonly draws: readonly RecordedDraw[],
    private readonly name: string,
  ) {}

  /** @throws LusdError when the file holds no draws, or noise that is not of f32 */
  static async read(file: SafetensorsFile): Promise<RecordedDraws> {
    const attempts = recordedAttempts(file);
    if (attempts.length === 0)
      throw new LusdError(`${file.name} holds no draws; record one with a TrajectoryRecorder`);
    const keys = attempts.flatMap((count, iteration) =>
      Array.from({ length: count }, (_, attempt) => `s${iteration}.t${attempt}`),
    );
    const draws: RecordedDraw[] = [];
    for (const key of keys) draws.push(await readDraw(file, key));
    return new RecordedDraws(draws, file.name);
  }

  /** The recorded timestep, whatever the range. @throws LusdError when there is no further draw */
  randint(): number {
    return this.draw(this.timesteps++).timestep;
  }

  /** @throws LusdError when there is no further draw, or its noise is for another size */
  randn(n: number): Float32Array<ArrayBuffer> {
    const { key, noise } = this.draw(this.noises++);
    if (noise.length === n) return noise;
    throw new LusdError(
      `${this.name}: ${key}.eps holds ${noise.length} numbers, but this picture's size needs ${n}; replay it with the picture it was recorded with`,
    );
  }

  private draw(position: number): RecordedDraw {
    const draw = this.draws[position];
    if (draw) return draw;
    throw new LusdError(
      `${this.name} holds ${this.draws.length} draws and the edit asks for more; replay it with the options and weights it was recorded with`,
    );
  }
}

async function readDraw(file: SafetensorsFile, key: string): Promise<RecordedDraw> {
  const [timestep, noise] = [file.tensors.get(`${key}.timestep`), file.tensors.get(`${key}.eps`)];
  if (noise?.dtype !== 'F32') throw new LusdError(`${file.name}: ${key}.eps must be F32; record it again`);
  const [step] = timestep ? toInt32(await file.read(`${key}.timestep`), timestep.dtype) : [];
  if (step === undefined) throw new LusdError(`${file.name}: ${key}.timestep is empty; record it again`);
  return { key, timestep: step, noise: toFloat32(await file.read(`${key}.eps`), 'F32') };
}
