import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { OpenedPicture } from '../pictures/openedPicture.ts';
import { PaintedLayer } from './paintedLayer.ts';
import { drawStroke, type MaskDrawing, type Point, type Stroke } from './strokes.ts';

interface MaskCanvasProps {
  readonly image: OpenedPicture;
  readonly drawing: MaskDrawing;
  readonly radius: number;
  readonly isErasing: boolean;
  readonly onStroke: (stroke: Stroke) => void;
}

/** Of the picture's sides, how far an arrow key moves the brush. */
const KEY_STEP = 1 / 40;
/** Of the longer side on the screen: a photo's own would be slow to paint on. */
const MOST_PIXELS = 1024;
const TINT = '#3a6df0';
const ARROWS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where the mask is painted, with a pointer or with the keyboard. */
export function MaskCanvas({ image, drawing, radius, isErasing, onStroke }: MaskCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const current = useSignal<readonly Point[]>([]);
  const cursor = useSignal<Point | null>(null);
  const scale = Math.min(1, MOST_PIXELS / Math.max(image.width, image.height));
  const layer = useMemo(() => new PaintedLayer(image, scale), [image, scale]);
  const stroke = (points: readonly Point[]): Stroke => ({ points, radius, isErasing });

  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { width, height } = context.canvas;
    context.resetTransform();
    context.globalCompositeOperation = 'source-over';
    context.clearRect(0, 0, width, height);
    context.drawImage(layer.show(drawing), 0, 0);
    context.scale(scale, scale);
    drawStroke(context, stroke(current.value));
    // White would not be seen on what is white.
    context.resetTransform();
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = TINT;
    context.fillRect(0, 0, width, height);
  }, [image, layer, drawing, current.value]);
  useEffect(() => {
    cursor.value = null;
  }, [image]);

  const pointOf = ({ offsetX, offsetY, currentTarget }: PointerEvent): Point => {
    const { clientWidth, clientHeight } = currentTarget as HTMLElement;
    return { x: (offsetX / clientWidth) * image.width, y: (offsetY / clientHeight) * image.height };
  };
  const finish = () => {
    if (current.value.length > 0) onStroke(stroke(current.value));
    current.value = [];
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = cursor.value ?? { x: image.width / 2, y: image.height / 2 };
    const [x, y] = ARROWS[event.key] ?? [0, 0];
    const isPainting = event.key === ' ' || event.key === 'Enter';
    if (!isPainting && x === 0 && y === 0) return;
    event.preventDefault();
    cursor.value = {
      x: Math.min(Math.max(at.x + x * KEY_STEP * image.width, 0), image.width),
      y: Math.min(Math.max(at.y + y * KEY_STEP * image.height, 0), image.height),
    };
    if (isPainting || event.shiftKey) onStroke(stroke([at, cursor.value]));
  };
  return (
    <div
      class="mask"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is painted on with the keyboard, too.
      tabIndex={0}
      aria-label="Mask: arrow keys move the brush, the space bar paints, arrow keys with shift draw a line"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        current.value = [pointOf(event)];
      }}
      onPointerMove={(event) => {
        if (current.value.length > 0) current.value = [...current.value, pointOf(event)];
      }}
      onPointerUp={finish}
      onPointerCancel={finish}
      onKeyDown={onKeyDown}
    >
      <canvas
        ref={canvas}
        style={{ '--feather': `${(100 * drawing.feather) / image.width / 2}cqw` }}
        width={Math.ceil(image.width * scale)}
        height={Math.ceil(image.height * scale)}
      />
      {cursor.value && (
        <span
          class="cursor"
          aria-hidden="true"
          style={{
            left: `${(100 * cursor.value.x) / image.width}%`,
            top: `${(100 * cursor.value.y) / image.height}%`,
            width: `${(200 * radius) / image.width}%`,
          }}
        />
      )}
    </div>
  );
}
