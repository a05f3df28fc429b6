import { createHash } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import type { Edit, Editor, EditStep, Facts } from '@lusd/lusd';
import type { Image, StableDiffusion } from '@lusd/sd-models';
import { writePng, writeWholeFile } from '@lusd/sd-models/node';
import { makeFolder } from '../files.ts';
import { describeError } from '../ui/errors.ts';
import { type EditRecord, formatRecord, RECORD_FILE, type StepRecord } from './editRecord.ts';
import { writePreview } from './previews.ts';

const SOURCE_FILE = 'source.png';
const MASK_FILE = 'mask.png';

/** The folder of what is kept of an edit: `.cache/{name}/` next to its result `{name}.png`. */
export function cacheFolderOf(result: string): string {
  return join(dirname(result), '.cache', basename(result, extname(result)));
}

/** An edit before it begins. */
export interface AskedEdit extends Pick<EditRecord, 'image' | 'prompts' | 'seed' | 'rng' | 'weights'> {
  readonly editor: Pick<Editor, 'name' | 'numSteps'> & { readonly options: object };
  /** Null where none was loaded. */
  readonly model: StableDiffusion | null;
}

/** A step of any method: not all have a filter. */
type KeptStep = EditStep & { readonly threshold?: number; readonly exhausted?: boolean };

/** What comes in while an edit runs. */
interface Kept {
  words: string[];
  size: [width: number, height: number] | null;
  source: string | null;
  mask: string | null;
  readonly previews: EditRecord['previews'];
  readonly steps: StepRecord[];
}

/**
 * Keeps beside a result what shows how it was made: the source as it was edited, previews, the last mask, and
 * `edit.json`, which `lusd report` reads. Nothing is written before `begin` or `fail`.
 */
export class EditKeeper {
  private readonly folder: string;
  private readonly kept: Kept = { words: [], size: null, source: null, mask: null, previews: [], steps: [] };

  /** @param result the path that the result will have */
  constructor(
    private readonly result: string,
    private readonly asked: AskedEdit,
  ) {
    this.folder = cacheFolderOf(result);
  }

  /**
   * Makes the folder and writes the source.
   * @param source the picture as it is edited
   * @param words that the mask will be made from
   * @throws Error naming what cannot be written
   */
  async begin(source: Image, words: readonly string[]): Promise<void> {
    await makeFolder(this.folder);
    await writePng(join(this.folder, SOURCE_FILE), source);
    this.kept.words = [...words];
    this.kept.size = [source.width, source.height];
    this.kept.source = SOURCE_FILE;
  }

  /** Writes the step's preview, if it has one, and the last step's mask. */
  async step(step: KeptStep, run: Pick<Edit<Facts>, 'source' | 'maskPicture'>): Promise<void> {
    const { kept, folder } = this;
    const { iteration, timestep, attempts, preview, mask } = step;
    const { std = null, threshold = null, exhausted = false } = step;
    kept.steps.push({ iteration, timestep, attempts, std, threshold, exhausted });
    if (preview) {
      const file = await writePreview(folder, iteration, { source: run.source, preview });
      kept.previews.push({ iteration, file });
    }
    if (mask && iteration === this.asked.editor.numSteps - 1)
      await this.keepMask(await run.maskPicture(mask));
  }

  private async keepMask(mask: Image): Promise<void> {
    await writePng(join(this.folder, MASK_FILE), mask);
    this.kept.mask = MASK_FILE;
  }

  /**
   * Writes `edit.json`. To be called before the result is written, so that no result lacks it.
   * @param png the result's file
   */
  async finish(png: Uint8Array): Promise<void> {
    const sha256 = createHash('sha256').update(png).digest('hex');
    await this.write({ result: { file: `../../${basename(this.result)}`, sha256 }, error: null });
  }

  /** Writes `edit.json` of an edit that ended with an error, or could not begin. */
  async fail(error: unknown): Promise<void> {
    await makeFolder(this.folder);
    await this.write({ result: null, error: describeError(error) });
  }

  private async write(outcome: Pick<EditRecord, 'result' | 'error'>): Promise<void> {
    const { editor, model, image, prompts, seed, rng, weights } = this.asked;
    const record: EditRecord = {
      version: 1,
      method: editor.name,
      options: { ...editor.options },
      ...{ image, prompts, seed, rng, weights },
      dtype: model?.unet.dtype ?? null,
      device: model?.device.facts.name ?? null,
      ...this.kept,
      ...outcome,
    };
    await writeWholeFile(join(this.folder, RECORD_FILE), formatRecord(record));
  }
}
