import { blobFolder, type ModelFile, type ModelFolder, urlFolder } from '@lusd/sd-models';
import { type Device, openDevice } from '@lusd/tensor';
import type { PictureJob, WeightsSource } from '../engine/engine.ts';
import { imageOf, maskOf } from '../library/pixels.ts';
import {
  type EditEvent,
  type EditJob,
  EngineError,
  type MarkedPrompt,
  type ModelFacts,
  type ModelSettings,
  markWords,
  type OpenModel,
  openModel,
  pickedModel,
  RunControl,
  runEdit,
  type WordSettings,
} from '../session/index.ts';
import { keptModel } from './opfs/keptWeights.ts';
import type { ControlAction } from './protocol.ts';

interface Opened {
  readonly source: WeightsSource;
  readonly settings: ModelSettings;
  readonly device: Device;
  readonly open: OpenModel;
  isLost: boolean;
}

/** The device and the model of a worker, and the edit that runs on them. */
export class Workshop {
  private opened: Opened | null = null;
  private readonly running = new Map<string, RunControl>();

  /** Frees what was open before it loads the weights: a GPU seldom holds two models. */
  async open(source: WeightsSource, settings: ModelSettings): Promise<ModelFacts> {
    if (this.running.size > 0)
      throw new EngineError({
        kind: 'other',
        message: 'an edit is running; stop it before you change the weights',
      });
    this.close();
    const files = await filesOf(source);
    const device = await openDevice({ log: null });
    try {
      const open = await openModel(files, device, settings);
      const opened: Opened = { source, settings, device, open, isLost: false };
      void device.gpu.lost.then(() => {
        opened.isLost = true;
      });
      this.opened = opened;
      return open.facts;
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  async markWords(settings: WordSettings): Promise<MarkedPrompt> {
    return markWords(this.requireOpen().open.model.tokenizer, settings);
  }

  /** Runs an edit to its end, with the weights loaded again if the device was lost since. */
  async edit(id: string, job: PictureJob, emit: (event: EditEvent) => void): Promise<void> {
    const { isLost, source, settings } = this.requireOpen();
    if (isLost) await this.open(source, settings);
    const { model } = this.requireOpen().open;
    const control = new RunControl();
    this.running.set(id, control);
    try {
      await runEdit(model, await pixelsOf(job), control, emit);
    } finally {
      this.running.delete(id);
    }
  }

  control(id: string, action: ControlAction): void {
    this.running.get(id)?.[action]();
  }

  private requireOpen(): Opened {
    if (this.opened) return this.opened;
    throw new EngineError({ kind: 'other', message: 'no weights are open; choose some first' });
  }

  private close(): void {
    const { opened } = this;
    this.opened = null;
    if (!opened) return;
    if (!opened.isLost) opened.open.model.dispose();
    opened.device.destroy();
  }
}

async function pixelsOf({ picture, mask, settings }: PictureJob): Promise<EditJob> {
  return { image: await imageOf(picture), mask: mask && (await maskOf(mask)), settings };
}

async function filesOf(source: WeightsSource): Promise<ModelFolder | ModelFile> {
  if (source.kind === 'address') return urlFolder(source.address);
  if (source.kind === 'listed') return fetchedFolder(source.address, source.paths);
  if (source.kind === 'kept') return keptModel(source.name);
  if (source.kind === 'files') return pickedModel(source.files);
  throw new EngineError({ kind: 'other', message: "a worker has no server's weights; choose others" });
}

/** Fetches every file, which a folder behind an address would ask for one by one, missing ones too. */
async function fetchedFolder(address: string, paths: readonly string[]): Promise<ModelFolder> {
  const fetched = paths.map(async (path) => {
    const response = await fetch(new URL(path, address));
    if (response.ok) return [path, await response.blob()] as const;
    throw new EngineError({
      kind: 'other',
      message: `${path} of ${address} could not be loaded; reload the page`,
    });
  });
  return blobFolder(
    new Map(await Promise.all(fetched)),
    new URL(address).pathname.split('/').at(-2) ?? address,
  );
}
