import type { Module } from '@lusd/tensor';
import { CheckpointError } from '../checkpointError.ts';
import { type ClipTextConfig, parseClipTextConfig } from '../clip/config.ts';
import { ClipTextModel } from '../clip/text.ts';
import type { JsonObject } from '../json.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../schedulers/config.ts';
import { parseUNetConfig, type UNetConfig } from '../unet/config.ts';
import { UNet2DConditionModel } from '../unet/unet.ts';
import { parseVaeConfig, type VaeConfig } from '../vae/config.ts';
import { AutoencoderKL } from '../vae/vae.ts';
import { requireAgreement, requireCompatible, requireTextToImage } from './compatibility.ts';
import type { ComponentName } from './diffusersFolder.ts';
import type { TokenizerComponent } from './findTokenizer.ts';
import { matchWeights } from './match.ts';
import type { StateDict } from './weightSource.ts';

/** Where a component's configuration and weights are. */
export interface StoredComponent {
  /** The contents of its `config.json`, as they were read or inferred. */
  readonly json: JsonObject;
  /** Where the configuration comes from, for messages. */
  readonly configName: string;
  /** The weights under the model's own names. */
  readonly stateDict: StateDict;
}

/** A component of a checkpoint; none of its weights has been read. */
export class Component<C, M extends Module> implements StoredComponent {
  readonly json: JsonObject;
  readonly configName: string;
  readonly stateDict: StateDict;
  readonly #parse: (json: JsonObject, name: string) => C;
  readonly #build: (config: C) => M;

  constructor(
    { json, configName, stateDict }: StoredComponent,
    parse: (json: JsonObject, name: string) => C,
    build: (config: C) => M,
  ) {
    this.json = json;
    this.configName = configName;
    this.stateDict = stateDict;
    this.#parse = parse;
    this.#build = build;
  }

  /** @throws CheckpointError naming a field that is malformed or not supported */
  get config(): C {
    return this.#parse(this.json, this.configName);
  }

  /** The model that the configuration describes, without weights. @throws CheckpointError as {@link config} */
  build(): M {
    return this.#build(this.config);
  }

  /** @throws CheckpointError where the weights do not fit the configuration */
  requireMatch(): void {
    matchWeights(this.build(), this.stateDict);
  }
}

/** A checkpoint's UNet. */
export type UNetComponent = Component<UNetConfig, UNet2DConditionModel>;
/** A checkpoint's autoencoder. */
export type VaeComponent = Component<VaeConfig, AutoencoderKL>;
/** A checkpoint's text encoder. */
export type TextEncoderComponent = Component<ClipTextConfig, ClipTextModel>;

export const unetComponent = (stored: StoredComponent): UNetComponent =>
  new Component(stored, parseUNetConfig, (config) => new UNet2DConditionModel(config));
export const vaeComponent = (stored: StoredComponent): VaeComponent =>
  new Component(stored, parseVaeConfig, (config) => new AutoencoderKL(config));
export const textEncoderComponent = (stored: StoredComponent): TextEncoderComponent =>
  new Component(stored, parseClipTextConfig, (config) => new ClipTextModel(config));

/** A noise schedule's configuration: as it was read or inferred, and what it means. */
export interface SchedulerComponent {
  readonly json: JsonObject;
  readonly config: SchedulerConfig;
}

export function schedulerComponent(json: JsonObject, name: string): SchedulerComponent {
  return { json, config: parseSchedulerConfig(json, name) };
}

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
  /** Null where the parts do not fit each other. */
  readonly part: PartName | null;
  readonly error: Error;
}

/** The components of which weights are read. */
export const COMPONENT_NAMES = ['unet', 'vae', 'text_encoder'] as const satisfies readonly ComponentName[];

/**
 * An opened checkpoint of Stable Diffusion: its parts, of which no weight has been read yet. A part that cannot be used
 * throws where it is asked for; {@link problems} lists them all.
 */
export class Checkpoint {
  readonly #parts: PartOutcomes;

  /** @internal */
  constructor(
    /** The folder's or file's name, for messages. */
    readonly name: string,
    parts: PartOutcomes,
    /** What was assumed or left out, each a sentence for people. */
    readonly notes: readonly string[],
  ) {
    this.#parts = parts;
  }

  /** @throws CheckpointError or SafetensorsError saying why the part cannot be used */
  part<Name extends PartName>(name: Name): CheckpointParts[Name] {
    const outcome: Outcome<CheckpointParts[Name]> = this.#parts[name];
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Whether the part can be used. */
  has(name: PartName): boolean {
    return 'value' in this.#parts[name];
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
   * Makes sure that every part can be used and that they fit each other; that the weights fit the configurations is
   * found where they are loaded, or by {@link Component.requireMatch}.
   * @throws CheckpointError or SafetensorsError: the first problem
   */
  requireWhole(): void {
    const [first] = [...this.#partProblems(), ...this.#fitProblems()];
    if (first) throw first.error;
  }

  /** Everything that keeps the checkpoint from being loaded, by headers and configurations alone. */
  problems(): CheckpointProblem[] {
    const ofParts = this.#partProblems();
    const ofWeights = COMPONENT_NAMES.flatMap((part) => {
      return this.has(part) ? problemOf(part, () => this.part(part).requireMatch()) : [];
    });
    // Weights that fit no configuration by a field that contradicts them are told of once, by that field.
    const ofFit = this.#fitProblems();
    return [...ofParts, ...(ofFit.length > 0 ? ofFit : ofWeights)];
  }

  #partProblems(): CheckpointProblem[] {
    const names = Object.keys(this.#parts) as PartName[];
    return names.flatMap((part) => problemOf(part, () => this.part(part)));
  }

  #fitProblems(): CheckpointProblem[] {
    if (this.#partProblems().length > 0) return [];
    return problemOf(null, () => {
      requireTextToImage(this);
      requireCompatible(this);
      requireAgreement(this);
    });
  }
}

/** The problem that `check` throws, if any; errors that are no checkpoint's fault are thrown on. */
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
