import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { cropRectangle, type Image } from '@lusd/sd-models';
import { encodeWebp, readImage, type WebpLimits, writeWholeFile } from '@lusd/sd-models/node';
import { makeFolder } from '../files.ts';
import type { Picture } from './model.ts';
import type { PictureRole, WantedPicture } from './pictureList.ts';

const LIMITS: Readonly<Record<PictureRole, WebpLimits>> = {
  main: { maxSide: 1024, maxBytes: 80_000 },
  preview: { maxSide: 384, maxBytes: 30_000 },
  mask: { maxSide: 256, maxBytes: 20_000 },
};

/** Where a report's pictures go: into the page, or beside it. */
export interface PictureStore {
  /** @returns the address by which the page shows it */
  put(webp: Uint8Array): Promise<string>;
  /** Removes what an earlier report left there. */
  finish(): Promise<void>;
}

/** Pictures as `data:` addresses, so that the page is one file. */
export const inPage: PictureStore = {
  put: async (webp) => `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`,
  finish: async () => {},
};

/** Pictures in `{page}_files/`, named by their content. */
export async function besidePage(page: string): Promise<PictureStore> {
  const name = `${basename(page, extname(page))}_files`;
  const folder = join(dirname(page), name);
  const written = new Set<string>();
  await makeFolder(folder);
  return {
    async put(webp) {
      const file = `${createHash('sha256').update(webp).digest('hex').slice(0, 16)}.webp`;
      if (!written.has(file)) await writeWholeFile(join(folder, file), webp);
      written.add(file);
      return `${encodeURIComponent(name)}/${file}`;
    },
    async finish() {
      for (const file of await readdir(folder))
        if (/^[0-9a-f]{16}\.webp$/.test(file) && !written.has(file)) await rm(join(folder, file));
    },
  };
}

/**
 * Encodes a picture and stores it.
 * @throws Error naming the file if it cannot be read or written
 */
export async function storePicture({ role, path }: WantedPicture, store: PictureStore): Promise<Picture> {
  const image = await readImage(path);
  const { width, height, bytes } = await encodeWebp(
    role === 'preview' ? rightHalf(image) : image,
    LIMITS[role],
  );
  return { src: await store.put(bytes), width, height };
}

function rightHalf(image: Image): Image {
  const width = image.width / 2;
  return cropRectangle(image, width, 0, width, image.height);
}
