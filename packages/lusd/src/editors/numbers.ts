import { type Device, keep, type Tensor, tensor } from '@lusd/tensor';

/** What the numbers of an attempt follow from. */
export interface Instant {
  readonly timestep: number;
  readonly iteration: number;
}

/** A number of every attempt, such as a weight w(t). */
export type NumberOf = (at: Instant) => number;

interface Written {
  readonly of: NumberOf;
  readonly tensor: Tensor;
  value: number;
}

/** Numbers of an attempt by their names, f32 [1] on the device, for captured steps to read. */
export class DeviceNumbers {
  private readonly written = new Map<string, Written>();
  private instant: Instant = { timestep: 0, iteration: 0 };

  constructor(private readonly device: Device) {}

  /** Begins an attempt: before anything that reads its numbers. */
  set(instant: Instant): void {
    this.instant = instant;
    for (const number of this.written.values()) {
      const value = number.of(instant);
      if (value === number.value) continue;
      number.value = value;
      number.tensor.copyFrom([value]);
    }
  }

  /** The number of that name. What `of` says is kept from the first time on, which no capture must be. */
  get(name: string, of: NumberOf): Tensor {
    const known = this.written.get(name);
    if (known) return known.tensor;
    const value = of(this.instant);
    const made = { of, value, tensor: keep(tensor([value], { device: this.device })) };
    this.written.set(name, made);
    return made.tensor;
  }

  dispose(): void {
    for (const number of this.written.values()) number.tensor.dispose();
    this.written.clear();
  }
}
