import { each } from './each.ts';
import { HALVES_TYPE, type OperandText, PIECE, pieceShape, type Side } from './gemmOperand.ts';
import { assign, type WalkMode } from './gemmWalk.ts';

/** How the threads of a workgroup bring one operand's part of a step into workgroup memory, piece by piece. */
export interface Staging {
  /** Where each piece of a thread lies. */
  readonly positions: string;
  /** The pieces' runs at `tap`. */
  runs(mode: WalkMode): string;
  /** Loads the pieces at `c` into registers. */
  fetch(mode: WalkMode): string;
  /** Writes them to workgroup memory. */
  readonly stage: string;
}

/** One piece of a thread, by the names of its variables. */
export interface Piece {
  /** The four vectors, halves in words. */
  readonly value: string;
  /** First outer index in the tile, and first inner index in the step. */
  readonly outer: string;
  readonly inner: string;
}

export interface StagingOptions {
  readonly text: OperandText;
  /** Outer indices of the tile. */
  readonly extent: number;
  /** Inner elements of a step. */
  readonly depth: number;
  readonly threads: number;
  /** Statements that write a piece. */
  readonly store: (piece: Piece) => string;
}

/** Pieces go to the threads in order; those that are left over of A to the first threads, of B to the last. */
export function stagingOf({ text, extent, depth, threads, store }: StagingOptions): Staging {
  const { side, read } = text;
  const place = placeOfPiece(text, extent, depth);
  const pieces = (extent * depth) / PIECE;
  const [start, count] = side === 'a' ? ['part.row', 'params.m'] : ['part.column', 'params.n'];
  const base = `part.base${side.toUpperCase()}`;
  const eachPass = (line: (pass: number) => string) => each(Math.ceil(pieces / threads), line);
  const whenUsed = (pass: number, body: string) => {
    const used = pieces - pass * threads;
    if (used >= threads) return body;
    const condition = side === 'a' ? `lane < ${used}u` : `lane >= ${threads - used}u`;
    return `if (${condition}) {\n      ${body}\n    }`;
  };
  return {
    positions: eachPass((pass) => {
      const index = pieceIndex(side, pass, pieces, threads);
      return `let outer_${side}${pass} = ${place.outer(index)};
    let inner_${side}${pass} = ${place.inner(index)};
    let rows_${side}${pass} = rows_${side}(min(${start} + outer_${side}${pass}, ${count} - 1u), ${count}, ${base});`;
    }),
    runs: (mode) =>
      eachPass((pass) => assign(mode, `runs_${side}${pass}`, `taps_${side}(rows_${side}${pass}, tap)`)),
    fetch: (mode) =>
      eachPass((pass) => {
        const name = `piece_${side}${pass}`;
        const load = `${name} = ${read}_${side}(runs_${side}${pass}, c + inner_${side}${pass});`;
        const declare =
          mode === 'var' ? `var ${name}: ${read === 'block' ? 'mat4x4f' : HALVES_TYPE};\n    ` : '';
        return `${declare}${whenUsed(pass, load)}`;
      }),
    stage: eachPass((pass) =>
      whenUsed(
        pass,
        store({
          value: `piece_${side}${pass}`,
          outer: `outer_${side}${pass}`,
          inner: `inner_${side}${pass}`,
        }),
      ),
    ),
  };
}

/** WGSL of where piece number `index` begins in the tile: pieces of a band that follow each other lie side by side. */
function placeOfPiece(text: OperandText, extent: number, depth: number) {
  const { outers, inners } = pieceShape(text);
  const [perOuter, perInner] = [depth / inners, extent / outers];
  const along = text.read === 'band';
  return {
    outer: (index: string) => `${index} ${along ? `% ${perInner}u` : `/ ${perOuter}u`} * ${outers}u`,
    inner: (index: string) => `${index} ${along ? `/ ${perInner}u` : `% ${perOuter}u`} * ${inners}u`,
  };
}

/** WGSL of a piece's number; lanes that have none get any. */
function pieceIndex(side: Side, pass: number, pieces: number, threads: number): string {
  const idle = Math.max(0, (pass + 1) * threads - pieces);
  if (side === 'b' && idle > 0) return `(lane + ${pass * threads}u - min(lane, ${idle}u))`;
  return `(lane + ${pass * threads}u)`;
}
