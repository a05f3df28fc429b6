import type { OpenedPicture } from '../pictures/openedPicture.ts';
import { drawStroke, EMPTY_DRAWING, type MaskDrawing } from './strokes.ts';

/**
 * What was painted so far, on a canvas of its own: the stroke under way is drawn over it, since drawing all strokes with
 * every move of the pointer takes the longer the more there are.
 */
export class PaintedLayer {
  private readonly canvas: OffscreenCanvas;
  private painted: MaskDrawing = EMPTY_DRAWING;

  /** @param image that is painted on @param scale of the canvas to it */
  constructor(
    private readonly image: OpenedPicture,
    private readonly scale: number,
  ) {
    this.canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
    // With the GPU its pixels are lost.
    this.canvas.oncontextrestored = () => {
      this.painted = EMPTY_DRAWING;
    };
  }

  /** The drawing, of which only what is new is drawn, unless something was taken away. */
  show(drawing: MaskDrawing): OffscreenCanvas {
    const { painted, scale } = this;
    const context = this.canvas.getContext('2d');
    if (!context) return this.canvas;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const isContinued =
      drawing.base === painted.base && painted.strokes.every((stroke, i) => stroke === drawing.strokes[i]);
    if (!isContinued) this.begin(context, drawing);
    for (const stroke of drawing.strokes.slice(isContinued ? painted.strokes.length : 0))
      drawStroke(context, stroke);
    this.painted = drawing;
    return this.canvas;
  }

  private begin(context: OffscreenCanvasRenderingContext2D, { base }: MaskDrawing): void {
    const { width, height } = this.image;
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, width, height);
    if (base) context.drawImage(base.shown, 0, 0, width, height);
  }
}
