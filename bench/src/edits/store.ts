import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The outcome of one edit. */
export interface Row {
  readonly success: boolean;
  /** Mean absolute difference of the background, as a share of the range. */
  readonly background: number;
  readonly seconds: number;
  /** Batches that went through the UNet. */
  readonly unetCalls: number;
}

const WEIGHT_FILES = [
  'unet/diffusion_pytorch_model.safetensors',
  'vae/diffusion_pytorch_model.safetensors',
  'text_encoder/model.safetensors',
];

/** Folder of the results with these weights: other weights, other results. */
export function resultsFolder(weights: string): string {
  const hash = createHash('sha256');
  for (const file of WEIGHT_FILES) hash.update(readFileSync(join(weights, file)));
  const name = `edits-${hash.digest('hex').slice(0, 12)}`;
  return fileURLToPath(new URL(`../../results/${name}/`, import.meta.url));
}

/** The rows of one run, each written as soon as it is known, so that an interrupted run is resumed. */
export class RowFile {
  private readonly path: string;
  readonly rows: Row[];

  /** @param key everything that the rows depend on, but for the weights */
  constructor(
    readonly folder: string,
    name: string,
    key: unknown,
  ) {
    const digest = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 8);
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `${name}-${digest}.jsonl`);
    this.rows = existsSync(this.path) ? readRows(this.path) : [];
  }

  add(row: Row): void {
    appendFileSync(this.path, `${JSON.stringify(row)}\n`);
    this.rows.push(row);
  }
}

/** A last line that was cut off is left out. */
function readRows(path: string): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Row);
}
