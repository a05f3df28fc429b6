import type { Generator } from '@lusd/tensor';

/** Where an edit's timesteps and noise come from, in the order in which they are drawn. */
export interface DrawSource extends Pick<Generator, 'randint' | 'randn'> {
  /** Called while the device works: the next attempt's numbers can be made now. */
  prepare?(): void;
}
