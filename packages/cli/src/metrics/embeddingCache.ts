import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelName, OutputStore } from '@lusd/lusd/metrics';
import { reason, writeWholeFile } from '@lusd/sd-models/node';
import { cacheFolder } from '@lusd/tensor/node';
import { makeFolder } from '../files.ts';
import { describeError, systemCode } from '../ui/errors.ts';
import type { Log } from '../ui/log.ts';
import { decodeEmbedding, encodeEmbedding } from './embeddingFile.ts';
import { sha256OfText } from './sha256.ts';

export interface EmbeddingFlags {
  /** Where embeddings are kept; false: nowhere. Default: in the cache folder. */
  readonly embeddingDir?: string | false | undefined;
}

/**
 * Embeddings of pictures and texts that are kept for later evaluations, one file each:
 * `{model}-{digest of all that makes it}/{digest of the content}`. A file gets its name only when it is whole, so that
 * several processes may share the folder, and anything in it may be deleted at any time.
 */
export class EmbeddingCache {
  private stored = 0;
  private computed = 0;
  private isUsable = true;

  /** @param version of this program, which prepares pictures and computes */
  constructor(
    private readonly folder: string,
    private readonly version: string,
    private readonly log: Log,
  ) {}

  /**
   * The embeddings of one model.
   * @param identity all that they depend on besides the content, the model's preparation of it, and the version
   */
  of(model: ModelName, identity: object): OutputStore<Float32Array> {
    const digest = sha256OfText(JSON.stringify({ version: this.version, model, ...identity }));
    const folder = join(this.folder, `${model}-${digest}`);
    const pathOf = (key: string) => join(folder, sha256OfText(key));
    return {
      read: (key) => this.read(pathOf(key), key),
      write: async (key, embedding) => this.write(folder, pathOf(key), encodeEmbedding(key, embedding)),
    };
  }

  /** Logs how many embeddings were computed and how many were not, if any were needed. */
  report(): void {
    const { stored, computed } = this;
    if (stored + computed === 0) return;
    const text = `${stored} embeddings of earlier evaluations were used, ${computed} were computed.`;
    this.log.event('embeddings', { folder: this.folder, stored, computed }, text);
  }

  private async read(path: string, key: string): Promise<Float32Array | null> {
    const bytes = this.isUsable ? await this.bytesOf(path) : null;
    if (bytes === null) return null;
    const embedding = decodeEmbedding(key, bytes);
    if (embedding) this.stored += 1;
    else this.log.warn(`${path} is damaged; its embedding is computed again`, { path });
    return embedding;
  }

  private async bytesOf(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(path);
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT')
        this.giveUp(new Error(`${path} cannot be read: ${reason(cause)}`, { cause }));
      return null;
    }
  }

  private async write(folder: string, path: string, bytes: Uint8Array): Promise<void> {
    this.computed += 1;
    if (!this.isUsable) return;
    try {
      await makeFolder(folder);
      await writeWholeFile(path, bytes);
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** What cannot be read or kept can be computed again, so that it is said once, and no error. */
  private giveUp(error: unknown): void {
    if (this.isUsable)
      this.log.warn(`embeddings are computed and not kept from now on: ${describeError(error)}`);
    this.isUsable = false;
  }
}

/**
 * The embeddings that the flags name, or null where none are to be kept.
 * @throws Error naming the folder, if one was given and cannot be made
 */
export async function openEmbeddings(
  { embeddingDir }: EmbeddingFlags,
  version: string,
  log: Log,
): Promise<EmbeddingCache | null> {
  if (embeddingDir === false) return null;
  if (embeddingDir !== undefined) await makeFolder(embeddingDir);
  return new EmbeddingCache(embeddingDir ?? join(cacheFolder(), 'embeddings'), version, log);
}
