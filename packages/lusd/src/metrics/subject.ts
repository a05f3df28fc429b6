import { cropRectangle, type Image, type Mask } from '@lusd/sd-models';
import { MetricsError } from '../errors.ts';
import type { Item, ItemMask } from './item.ts';
import { PIE_BENCH_SIZE, pieBenchMask } from './layouts/pieBench.ts';
import type { Metric, Need, Subject } from './metric.ts';
import { type EditMask, identify, identifyMask, type Picture } from './picture.ts';

/** Where an evaluation has its pictures from. */
export interface PictureSources {
  /** Reads the picture at a path that an item names; `readImage` of @lusd/sd-models/node reads files. */
  readonly readImage: (path: string) => Promise<Image>;
  /** Reads a mask; from half (128) on it is edited. Default: none can be read. */
  readonly readMask?: (path: string, of: Image) => Promise<Mask>;
}

/** From this grey level of a mask on, a pixel is edited. */
const EDITED = 128;

/** Reads items' pictures, each once: a turn's ground truth is the next one's input. */
export class SubjectReader {
  private readonly pictures = new Map<string, Promise<Picture>>();
  private readonly needs: ReadonlySet<Need>;

  constructor(
    metrics: readonly Metric[],
    private readonly sources: PictureSources,
  ) {
    this.needs = new Set(metrics.flatMap(({ needs }) => needs));
  }

  /**
   * The item with the pictures that metrics need.
   * @throws Error naming the file, if one cannot be read; MetricsError for a picture or mask of another size
   */
  async read(item: Item): Promise<Subject> {
    const result = await this.picture(item.result, item.frame === 'pieBench');
    const [source, groundTruth] = await Promise.all([
      this.optional('source', item.source),
      this.optional('groundTruth', item.groundTruth),
    ]);
    const mask =
      this.needs.has('mask') && item.mask ? await this.mask(item.mask, source ?? result) : undefined;
    return {
      result,
      ...(source && { source }),
      ...(groundTruth && { groundTruth }),
      ...(mask && { mask }),
      ...item.texts,
    };
  }

  private async optional(need: Need, path: string | undefined): Promise<Picture | undefined> {
    return path !== undefined && this.needs.has(need) ? this.picture(path) : undefined;
  }

  private picture(path: string, isCut = false): Promise<Picture> {
    const read = async () => {
      const image = await this.sources.readImage(path);
      return identify(isCut ? cutToSquare(image, path) : image);
    };
    const picture = this.pictures.get(path) ?? read();
    this.pictures.set(path, picture);
    return picture;
  }

  private async mask(mask: ItemMask, of: Picture): Promise<EditMask> {
    if (mask.kind === 'runs') return identifyMask(pieBenchMask(mask.runs));
    if (!this.sources.readMask) throw new RangeError('No mask can be read; pass readMask.');
    const { width, height, data } = await this.sources.readMask(mask.path, of);
    if (width !== of.width || height !== of.height)
      throw new MetricsError(
        `the mask ${mask.path} is ${width} x ${height} but its picture is ${of.width} x ${of.height}; give a mask of the picture's size`,
      );
    return identifyMask(data.map((value) => (value >= EDITED ? 1 : 0)));
  }
}

/**
 * A result as PIE-Bench's evaluation takes it: of one that is not square, such as a row of pictures, the last square.
 * @throws MetricsError for another size
 */
function cutToSquare(image: Image, path: string): Image {
  const { width, height } = image;
  const size = PIE_BENCH_SIZE;
  if (width === size && height === size) return image;
  if (width === height || Math.min(width, height) < size)
    throw new MetricsError(
      `${path} is ${width} x ${height}; PIE-Bench's results are ${size} x ${size}, or a row of pictures that ends with one`,
    );
  return cropRectangle(image, width - size, height - size, size, size);
}
