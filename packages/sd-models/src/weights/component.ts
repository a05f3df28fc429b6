import type { Module } from '@lusd/tensor';
import { type ClipTextConfig, parseClipTextConfig } from '../clip/config.ts';
import { ClipTextModel } from '../clip/text.ts';
import type { JsonObject } from '../json.ts';
import { parseSchedulerConfig, type SchedulerConfig } from '../schedulers/config.ts';
import { parseUNetConfig, type UNetConfig } from '../unet/config.ts';
import { UNet2DConditionModel } from '../unet/unet.ts';
import { parseVaeConfig, type VaeConfig } from '../vae/config.ts';
import { AutoencoderKL } from '../vae/vae.ts';
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
  /** Whether the configuration was inferred from the weights' shapes. */
  readonly isInferred: boolean;
}

/** A component of a checkpoint; none of its weights has been read. */
export class Component<C, M extends Module> implements StoredComponent {
  readonly json: JsonObject;
  readonly configName: string;
  readonly stateDict: StateDict;
  readonly isInferred: boolean;
  readonly #parse: (json: JsonObject, name: string) => C;
  readonly #build: (config: C) => M;

  constructor(
    { json, configName, stateDict, isInferred }: StoredComponent,
    parse: (json: JsonObject, name: string) => C,
    build: (config: C) => M,
  ) {
    this.json = json;
    this.configName = configName;
    this.stateDict = stateDict;
    this.isInferred = isInferred;
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
