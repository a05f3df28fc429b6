import type { OpenedPicture } from '../pictures/openedPicture.ts';

/** A point of a picture, in its pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line drawn with a round brush. */
export interface Stroke {
  readonly points: readonly Point[];
  /** In pixels of the picture. */
  readonly radius: number;
  /** Black instead of white. */
  readonly isErasing: boolean;
}

/** A painted mask: a picture that was loaded, if any, and strokes over it, so that each can be undone. */
export interface MaskDrawing {
  readonly base: OpenedPicture | null;
  readonly strokes: readonly Stroke[];
  /** Width of the soft edge, in pixels of the picture. */
  readonly feather: number;
}

export const EMPTY_DRAWING: MaskDrawing = { base: null, strokes: [], feather: 0 };

/** Whether anything was painted or loaded; otherwise the whole picture may change. */
export function isPainted({ base, strokes }: MaskDrawing): boolean {
  return base !== null || strokes.length > 0;
}

/** Without what was done last: a stroke, or the picture that was loaded. */
export function undone(drawing: MaskDrawing): MaskDrawing {
  const { strokes } = drawing;
  return strokes.length > 0 ? { ...drawing, strokes: strokes.slice(0, -1) } : { ...drawing, base: null };
}

/** Draws one stroke in white, or takes it away. */
export function drawStroke(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { points, radius, isErasing }: Stroke,
): void {
  const [first] = points;
  if (!first) return;
  context.globalCompositeOperation = isErasing ? 'destination-out' : 'source-over';
  context.strokeStyle = '#fff';
  context.lineWidth = 2 * radius;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(first.x, first.y);
  for (const { x, y } of points) context.lineTo(x, y);
  context.stroke();
}
