import type { AdapterFacts } from '@lusd/tensor';

/** Where a pipeline was first asked for. */
export interface Site {
  /** The kernel's name. */
  readonly kernel: string;
  /** Part of the edit: `UNet`, `VAE`, `text encoder`, `weights` (loading them), `edit` (the rest); or `f32`. */
  readonly part: string;
  /** The layer's name in its model; empty outside of layers. */
  readonly layer: string;
  /** Shapes of the layer's input and weight, or the name of the case. */
  readonly operands: string;
}

/** The adapter as the library sees it. */
export interface CompileFacts {
  readonly adapter: string;
  readonly matrixUnit: AdapterFacts['matrixUnit'];
}

export interface CompileResult extends CompileFacts {
  /** By the number with which each was announced. */
  readonly sites: readonly Site[];
}

/** Messages of the compiling process. */
export type CompileMessage = { readonly result: CompileResult } | { readonly error: string };

const ANNOUNCEMENT = '@@PIPELINE';

/** The line on standard error that precedes what the driver prints about pipeline `index`. */
export function announcement(index: number): string {
  return `${ANNOUNCEMENT} ${index}\n`;
}

/** What was printed after each announcement, by the pipeline's number. */
export function splitByAnnouncement(output: string): Map<number, string> {
  const [, ...parts] = output.split(new RegExp(`^${ANNOUNCEMENT} (\\d+)\n`, 'm'));
  const sections = new Map<number, string>();
  for (let i = 0; i < parts.length; i += 2) sections.set(Number(parts[i]), parts[i + 1] ?? '');
  return sections;
}
