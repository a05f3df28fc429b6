import type { OpenedPicture } from '../pictures/openedPicture.ts';
import { drawStroke, EMPTY_DRAWING, type MaskDrawing } from './strokes.ts';

/** Strokes from one kept copy to the next: about as many are drawn again where one is undone. */
const APART = 16;
/** Copies that are kept, of at most 4 MB each. */
const MOST_COPIES = 8;

/** What a drawing looked like when it had fewer strokes. */
interface Copy {
  readonly drawing: MaskDrawing;
  readonly canvas: OffscreenCanvas;
}

/**
 * What was painted so far, on a canvas of its own: the stroke under way is drawn over it, since drawing all strokes with
 * every move of the pointer takes the longer the more there are. So does an undo, for which copies are kept on the way.
 */
export class PaintedLayer {
  private readonly canvas: OffscreenCanvas;
  private painted: MaskDrawing = EMPTY_DRAWING;
  /** The one with the most strokes last. */
  private copies: readonly Copy[] = [];

  /** @param image that is painted on @param scale of the canvas to it */
  constructor(
    private readonly image: OpenedPicture,
    private readonly scale: number,
  ) {
    this.canvas = this.emptyCanvas();
    // With the GPU its pixels are lost, and those of the copies.
    this.canvas.oncontextrestored = () => {
      this.painted = EMPTY_DRAWING;
      this.copies = [];
    };
  }

  /** The drawing, of which only what is new is drawn, or what comes after the last copy before what was taken away. */
  show(drawing: MaskDrawing): OffscreenCanvas {
    const { scale } = this;
    const context = this.canvas.getContext('2d');
    if (!context) return this.canvas;
    if (!isPart(this.painted, drawing)) this.goBack(context, drawing);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    for (let i = this.painted.strokes.length; i < drawing.strokes.length; i++) {
      drawStroke(context, drawing.strokes[i]!);
      if ((i + 1) % APART === 0) this.keepCopy({ ...drawing, strokes: drawing.strokes.slice(0, i + 1) });
    }
    this.painted = drawing;
    return this.canvas;
  }

  /** To the last copy that the drawing goes on from, or to its beginning. */
  private goBack(context: OffscreenCanvasRenderingContext2D, drawing: MaskDrawing): void {
    const { image, scale } = this;
    this.copies = this.copies.filter((copy) => isPart(copy.drawing, drawing));
    const copy = this.copies.at(-1);
    context.resetTransform();
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (copy) context.drawImage(copy.canvas, 0, 0);
    else if (drawing.base)
      context.drawImage(drawing.base.shown, 0, 0, image.width * scale, image.height * scale);
    this.painted = copy?.drawing ?? { ...drawing, strokes: [] };
  }

  private keepCopy(drawing: MaskDrawing): void {
    const canvas = this.emptyCanvas();
    canvas.getContext('2d')?.drawImage(this.canvas, 0, 0);
    this.copies = [...this.copies, { drawing, canvas }].slice(-MOST_COPIES);
  }

  private emptyCanvas(): OffscreenCanvas {
    const { image, scale } = this;
    return new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
  }
}

/** Whether a drawing goes on from another. */
function isPart({ base, strokes }: MaskDrawing, drawing: MaskDrawing): boolean {
  return base === drawing.base && strokes.every((stroke, i) => stroke === drawing.strokes[i]);
}
