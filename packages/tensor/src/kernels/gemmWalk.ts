/** What a body does at each step of the inner dimension; `var` declares what `next` then sets anew. */
export interface GemmStep {
  /** Elements of the inner dimension in a step. */
  readonly depth: number;
  /** Buffers of workgroup memory, used by turns; the place in them is `buffer * <size>`. */
  readonly buffers: 1 | 2;
  /** The operands' runs at `tap`. */
  runs(mode: WalkMode): string;
  /** Loads this thread's elements from `c` on into registers. */
  fetch(mode: WalkMode): string;
  /** Writes them to workgroup memory. */
  readonly stage: string;
  /** Multiplies what all threads have staged. */
  readonly multiply: string;
}

export type WalkMode = 'var' | 'next';

/** `name` set to `value`. */
export function assign(mode: WalkMode, name: string, value: string): string {
  return mode === 'var' ? `var ${name} = ${value};` : `${name} = ${value};`;
}

/**
 * Walks this workgroup's part of the inner dimension through workgroup memory. The next step's elements are on their way
 * while this one's are multiplied. With two buffers one barrier a step is enough: who writes a buffer has passed the
 * barrier that all threads reached after they had read it.
 */
export function walkSource(step: GemmStep): string {
  const single = step.buffers === 1;
  return `var tap = part.tap;
  var c = part.c;
  ${single ? '' : 'var buffer = 0u;'}
  ${step.runs('var')}
  ${step.fetch('var')}
  while (tap < part.tapEnd && part.c < part.cEnd) {
    ${single ? 'workgroupBarrier();' : ''}
    ${step.stage}
    workgroupBarrier();
    c += ${step.depth}u;
    if (c >= part.cEnd) {
      c = part.c;
      tap++;
      ${step.runs('next')}
    }
    if (tap < part.tapEnd) {
      ${step.fetch('next')}
    }
    ${step.multiply}
    ${single ? '' : 'buffer = 1u - buffer;'}
  }`;
}
