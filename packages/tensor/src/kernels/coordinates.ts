/** WGSL of entry `axis` of a `dims` param, at a place known in the text: several times faster than `dim(..)`. */
export function entry(param: string, axis: number): string {
  return `params.${param}[${Math.floor(axis / 4)}][${axis % 4}]`;
}

/**
 * WGSL that splits the flat index in `var rest` into coordinates of the dims `shape`, innermost first, and for each
 * runs what `use` makes of its axis and the name of its coordinate. An index beyond the last element, in the last
 * vec4 of a tensor, keeps an outermost coordinate inside.
 */
export function forEachCoordinate(
  rank: number,
  shape: string,
  use: (axis: number, coordinate: string) => string,
): string {
  const lines: string[] = [];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const extent = entry(shape, axis);
    const name = `c${axis}`;
    if (axis === 0) lines.push(`let ${name} = min(rest, ${extent} - 1u);`);
    else {
      lines.push(`let q${axis} = rest / ${extent};`);
      lines.push(`let ${name} = rest - q${axis} * ${extent};`);
      lines.push(`rest = q${axis};`);
    }
    lines.push(use(axis, name));
  }
  return lines.join('\n  ');
}
