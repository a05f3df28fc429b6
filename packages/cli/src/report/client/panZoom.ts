const [LEAST, MOST] = [1, 32];

/** Enlarges and moves all pictures of an element alike, by variables of its style. */
export class PanZoom {
  private scale = 1;
  private x = 0;
  private y = 0;

  constructor(private readonly element: HTMLElement) {
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        this.zoom(1.002 ** -event.deltaY, event);
      },
      { passive: false },
    );
    element.addEventListener('pointerdown', (event) => element.setPointerCapture(event.pointerId));
    element.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) this.move(event.movementX, event.movementY);
    });
    element.addEventListener('dblclick', (event) =>
      this.scale > LEAST ? this.reset() : this.zoom(3, event),
    );
  }

  reset(): void {
    [this.scale, this.x, this.y] = [1, 0, 0];
    this.apply();
  }

  move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  /** @param at the point that stays where it is; without one, the middle */
  zoom(factor: number, at: MouseEvent | null = null): void {
    const scale = Math.min(MOST, Math.max(LEAST, this.scale * factor));
    const { dx, dy } = at ? fromMiddle(at) : { dx: 0, dy: 0 };
    const change = scale / this.scale;
    this.x = dx + (this.x - dx) * change;
    this.y = dy + (this.y - dy) * change;
    this.scale = scale;
    this.apply();
  }

  private apply(): void {
    if (this.scale === LEAST) [this.x, this.y] = [0, 0];
    const { style } = this.element;
    style.setProperty('--scale', String(this.scale));
    style.setProperty('--x', `${this.x}px`);
    style.setProperty('--y', `${this.y}px`);
  }
}

/** Where the pointer is, from the middle of the picture that it is over. */
function fromMiddle({ target, clientX, clientY }: MouseEvent): { dx: number; dy: number } {
  const frame = target instanceof Element ? target.closest('figure > div') : null;
  if (!frame) return { dx: 0, dy: 0 };
  const { left, top, width, height } = frame.getBoundingClientRect();
  return { dx: clientX - left - width / 2, dy: clientY - top - height / 2 };
}
