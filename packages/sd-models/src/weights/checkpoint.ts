import { CheckpointError } from '../checkpointError.ts';
import { requireAgreement, requireCompatible, requireLatentInputs } from './compatibility.ts';
import type { SchedulerComponent, TextEncoderComponent, UNetComponent, VaeComponent } from './component.ts';
import type { ComponentName } from './diffusersFolder.ts';
import type { TokenizerComponent } from './findTokenizer.ts';

/** Everything that a pipeline is built from. */
export interface CheckpointParts {
  readonly unet: UNetComponent;
  readonly vae: VaeComponent;
  readonly text_encoder: TextEncoderComponent;
  readonly scheduler: SchedulerComponent;
  readonly tokenizer: TokenizerComponent;
}

/** The name of a part of a checkpoint: a component, the tokenizer or the scheduler. */
export type PartName = keyof CheckpointParts;

/** A part, or why it cannot be used. */
type Outcome<T> = { readonly value: T } | { readonly error: Error };
export type PartOutcomes = { readonly [Name in PartName]: Outcome<CheckpointParts[Name]> };

/** What is wrong with a checkpoint. */
export interface CheckpointProblem {
  /** Null if the parts do not fit each other. */
  readonly part: PartName | null;
  readonly error: Error;
}

/** The components of which weights are read. */
export const COMPONENT_NAMES = ['unet', 'vae', 'text_encoder'] as const satisfies readonly ComponentName[];

/**
 * An opened checkpoint of Stable Diffusion: its parts, of which no weight has been read yet. A part that cannot be used
 * throws when it is accessed; {@link problems} lists them all.
 */
export class Checkpoint {
  private readonly parts: PartOutcomes;

  /** @internal */
  constructor(
    /** The folder's or file's name, for messages. */
    readonly name: string,
    parts: PartOutcomes,
    /** Assumptions and omissions, as messages for people. */
    readonly notes: readonly string[],
  ) {
    this.parts = parts;
  }

  /** @throws CheckpointError or SafetensorsError saying why the part cannot be used */
  part<Name extends PartName>(name: Name): CheckpointParts[Name] {
    const outcome: Outcome<CheckpointParts[Name]> = this.parts[name];
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Whether the part can be used. */
  has(name: PartName): boolean {
    return 'value' in this.parts[name];
  }

  get unet(): UNetComponent {
    return this.part('unet');
  }

  get vae(): VaeComponent {
    return this.part('vae');
  }

  get textEncoder(): TextEncoderComponent {
    return this.part('text_encoder');
  }

  get scheduler(): SchedulerComponent {
    return this.part('scheduler');
  }

  get tokenizer(): TokenizerComponent {
    return this.part('tokenizer');
  }

  /**
   * Checks that every part can be used and that they fit each other; whether the weights fit the configurations is
   * checked when they are loaded, or by {@link Component.requireMatch}.
   * @throws CheckpointError or SafetensorsError: the first problem
   */
  requireWhole(): void {
    const [first] = [...this.partProblems(), ...this.fitProblems()];
    if (first) throw first.error;
  }

  /** Everything that prevents loading the checkpoint, found from headers and configurations only. */
  problems(): CheckpointProblem[] {
    const ofParts = this.partProblems();
    const ofWeights = COMPONENT_NAMES.flatMap((part) => {
      return this.has(part) ? problemOf(part, () => this.part(part).requireMatch()) : [];
    });
    // Weights that contradict a field of the configuration are reported once, by that field.
    const ofFit = this.fitProblems();
    return [...ofParts, ...(ofFit.length > 0 ? ofFit : ofWeights)];
  }

  private partProblems(): CheckpointProblem[] {
    const names = Object.keys(this.parts) as PartName[];
    return names.flatMap((part) => problemOf(part, () => this.part(part)));
  }

  private fitProblems(): CheckpointProblem[] {
    if (this.partProblems().length > 0) return [];
    return problemOf(null, () => {
      requireLatentInputs(this);
      requireCompatible(this);
      requireAgreement(this);
    });
  }
}

/** The problem that `check` throws, if any; errors that are not about the checkpoint are rethrown. */
function problemOf(part: PartName | null, check: () => unknown): CheckpointProblem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof Error && isCheckpointFault(error)) return [{ part, error }];
    throw error;
  }
}

/** Whether an error is about the files, not about the program. */
export function isCheckpointFault(error: Error): boolean {
  return error instanceof CheckpointError || error.name === 'SafetensorsError';
}
