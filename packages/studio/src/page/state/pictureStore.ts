import { type Image, type Mask, readPngText } from '@lusd/sd-models';
import { computed, signal } from '@preact/signals';
import { imageOf, maskOf, PNG_KEYWORD } from '../../library/pictures.ts';
import { renderMask } from '../mask/renderMask.ts';
import { EMPTY_DRAWING, isPainted, type MaskDrawing, type Stroke, undone } from '../mask/strokes.ts';

/** The picture to edit, and the mask that is painted on it. */
export class PictureStore {
  readonly image = signal<Image | null>(null);
  /** Its file's name, for the names of downloads. */
  readonly name = signal('picture');
  readonly drawing = signal<MaskDrawing>(EMPTY_DRAWING);
  readonly hasMask = computed(() => isPainted(this.drawing.value));

  /**
   * Takes a picture's file.
   * @returns the text that this program put into it, if it did @throws Error if the browser cannot decode it
   */
  async load(file: Blob, name: string): Promise<string | null> {
    let image: Image;
    try {
      image = await imageOf(file);
    } catch (cause) {
      throw new Error(`${name} is no picture that this browser can read; save it as PNG or JPEG`, { cause });
    }
    this.set(image, name);
    return file.type === 'image/png'
      ? readPngText(new Uint8Array(await file.arrayBuffer()), PNG_KEYWORD)
      : null;
  }

  set(image: Image, name: string): void {
    this.image.value = image;
    this.name.value = name.replace(/\.\w+$/, '');
    this.drawing.value = EMPTY_DRAWING;
  }

  /** Takes a picture as the mask: white where the picture may change. @throws Error if its size is another */
  async loadMask(file: Blob): Promise<void> {
    this.setMask(await maskOf(file));
  }

  setMask(base: Mask): void {
    const image = this.image.value;
    if (!image) return;
    if (base.width !== image.width || base.height !== image.height)
      throw new Error(
        `the mask is ${base.width} × ${base.height}, but the picture ${image.width} × ${image.height}; give one of the same size`,
      );
    this.drawing.value = { ...EMPTY_DRAWING, base };
  }

  paint(stroke: Stroke): void {
    this.drawing.value = { ...this.drawing.value, strokes: [...this.drawing.value.strokes, stroke] };
  }

  undo(): void {
    this.drawing.value = undone(this.drawing.value);
  }

  clearMask(): void {
    this.drawing.value = EMPTY_DRAWING;
  }

  setFeather(feather: number): void {
    this.drawing.value = { ...this.drawing.value, feather };
  }

  /** The mask at the picture's size; null where everything may change. */
  mask(): Mask | null {
    const image = this.image.value;
    return image && renderMask(this.drawing.value, image);
  }
}
