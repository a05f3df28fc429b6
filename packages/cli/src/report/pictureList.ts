import type { PictureIndex } from './model.ts';

/** What a picture is for: sources and results; previews, which have the source on their left; masks. */
export type PictureRole = 'main' | 'preview' | 'mask';

export interface WantedPicture {
  readonly role: PictureRole;
  readonly path: string;
}

/** The pictures that a report needs, each once. */
export class PictureList {
  readonly wanted: WantedPicture[] = [];
  private readonly indices = new Map<string, PictureIndex>();

  add(role: PictureRole, path: string): PictureIndex {
    const key = `${role} ${path}`;
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    this.indices.set(key, this.wanted.length);
    return this.wanted.push({ role, path }) - 1;
  }
}
