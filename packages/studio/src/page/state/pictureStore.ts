import { computed, signal } from '@preact/signals';
import { textOf } from '../../library/pictures.ts';
import { EMPTY_DRAWING, isPainted, type MaskDrawing, type Stroke, undone } from '../mask/strokes.ts';
import type { OpenedPicture } from '../pictures/openedPicture.ts';
import type { Pictures } from '../pictures/pictures.ts';

/** The picture to edit, and the mask that is painted on it. */
export class PictureStore {
  readonly image = signal<OpenedPicture | null>(null);
  /** Its file's name, for the names of downloads. */
  readonly name = signal('picture');
  readonly drawing = signal<MaskDrawing>(EMPTY_DRAWING);
  readonly hasMask = computed(() => isPainted(this.drawing.value));
  /** Pictures that were asked for. */
  private loads = 0;

  constructor(private readonly pictures: Pictures) {}

  /**
   * Takes a picture's file, unless another is asked for before it is decoded.
   * @returns the text that this program put into it, if it did @throws Error if the browser cannot decode it
   */
  async load(file: Blob, name: string): Promise<string | null> {
    const load = ++this.loads;
    let image: OpenedPicture;
    try {
      image = await this.pictures.open(file);
    } catch (cause) {
      throw new Error(`${name} is no picture that this browser can read; save it as PNG or JPEG`, { cause });
    }
    if (load !== this.loads) return null;
    this.set(image, name.replace(/\.\w+$/, ''), null);
    return file.type === 'image/png' ? textOf(image.file) : null;
  }

  /** Takes a picture and its mask, if any, unless another is asked for before they are decoded. */
  async restore(file: Blob, mask: Blob | null): Promise<void> {
    const load = ++this.loads;
    const image = await this.pictures.open(file);
    const base = mask && (await this.pictures.openMask(mask));
    if (load === this.loads) this.set(image, 'picture', base);
  }

  /**
   * Takes a picture as the mask: white where the picture may change.
   * @throws Error if its size is another, or the browser cannot decode it
   */
  async loadMask(file: Blob): Promise<void> {
    const { value: image } = this.image;
    const base = await this.pictures.openMask(file);
    if (!image || image !== this.image.value) return;
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

  /** The mask's file, at the picture's size; null where everything may change. */
  async mask(): Promise<Blob | null> {
    const { value: image } = this.image;
    const { base, strokes, feather } = this.drawing.value;
    if (!image || !this.hasMask.value) return null;
    const { width, height } = image;
    return this.pictures.renderMask({ width, height, base: base?.file ?? null, strokes, feather });
  }

  private set(image: OpenedPicture, name: string, base: OpenedPicture | null): void {
    this.image.value = image;
    this.name.value = name;
    this.drawing.value = { ...EMPTY_DRAWING, base };
  }
}
