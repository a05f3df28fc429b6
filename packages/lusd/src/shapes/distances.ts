/** The shapes of the drawn world. */
export const SHAPES = ['circle', 'square', 'triangle', 'star', 'heart', 'diamond'] as const;

/** The name of a shape that can be drawn. */
export type Shape = (typeof SHAPES)[number];

/** Signed distance from a shape's edge, in radii, negative inside; (u, v) in radii from the centre, v points down. */
export type Distance = (u: number, v: number) => number;

function triangle(u: number, v: number): number {
  const w = v - 0.3;
  return Math.max(w, Math.sqrt(0.75) * Math.abs(u) - 0.5 * w) - 0.65;
}

function diamond(u: number, v: number): number {
  return (Math.abs(u) / 0.95 + Math.abs(v) / 1.25 - 1) / Math.hypot(1 / 0.95, 1 / 1.25);
}

/** Five points up to radius 1.25, inner corners at 0.55; the plane is folded onto one tenth of the star. */
function star(u: number, v: number): number {
  const fifth = (2 * Math.PI) / 5;
  const angle = Math.atan2(u, -v);
  const folded = Math.abs(angle - fifth * Math.floor(angle / fifth + 0.5));
  const length = Math.hypot(u, v);
  const [x, y] = [length * Math.cos(folded), length * Math.sin(folded)];
  const [edgeX, edgeY] = [0.55 * Math.cos(fifth / 2) - 1.25, 0.55 * Math.sin(fifth / 2)];
  return ((x - 1.25) * edgeY - y * edgeX) / Math.hypot(edgeX, edgeY);
}

/** A square on its tip and a disc on each of its upper edges. */
function heart(u: number, v: number): number {
  const d = 0.9;
  const tip = (Math.abs(u) + Math.abs(v) - d) / Math.SQRT2;
  const disc = Math.hypot(Math.abs(u) - d / 2, v + d / 2) - d / Math.SQRT2;
  return Math.min(tip, disc);
}

export const DISTANCES: Readonly<Record<Shape, Distance>> = {
  circle: (u, v) => Math.hypot(u, v) - 1,
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 0.85,
  triangle,
  star,
  heart,
  diamond,
};

/** A brim around v = 0, and a crown above it. */
export function hat(u: number, v: number): number {
  const brim = Math.max(Math.abs(u) - 0.75, Math.abs(v) - 0.12);
  const crown = Math.max(Math.abs(u) - 0.45, Math.abs(v + 0.35) - 0.35);
  return Math.min(brim, crown);
}

/** How far above the centre, in radii, a hat's brim sits. */
export const HAT_LINE: Readonly<Record<Shape, number>> = {
  circle: 0.85,
  square: 0.85,
  triangle: 0.8,
  star: 0.85,
  heart: 0.8,
  diamond: 0.95,
};
