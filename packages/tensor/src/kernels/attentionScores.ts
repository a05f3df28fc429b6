import { broadcastStrides, dims } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { AttentionText } from './attentionText.ts';
import type { ParamType } from './wgsl.ts';

/** What scores are made from: query [B, Lq, H, D], key [B, Lk, H, D], mask broadcastable to [B, H, Lq, Lk]. */
export interface ScoreOperands {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly mask: Tensor | null;
  readonly scale: number;
  /** Hides keys after the query's index. */
  readonly causal: boolean;
}

/** Operands of attention: those of the scores, and the values [B, Lk, H, D]. */
export interface AttentionOperands extends ScoreOperands {
  readonly value: Tensor;
}

/** The extents of an operand [B, L, H, D]. */
export function headDims(operand: Tensor) {
  return dims('attention', operand, ['B', 'L', 'H', 'D'], 'an operand');
}

/** [B, H, Lq, Lk]. */
export function scoresShape({
  query,
  key,
}: Pick<ScoreOperands, 'query' | 'key'>): [number, number, number, number] {
  const [batch, queries, heads] = headDims(query);
  const [, keys] = headDims(key);
  return [batch, heads, queries, keys];
}

/** What the rows that a kernel holds are; the columns that stream past them are the other. */
export type HeldOperand = 'queries' | 'keys';

/** How scores are hidden and shifted: the mask's strides, 0 if it is broadcast. */
export const SCORE_PARAMS = {
  scale: 'f32',
  causal: 'u32',
  maskBatch: 'u32',
  maskHead: 'u32',
  maskRow: 'u32',
  maskColumn: 'u32',
} as const satisfies Record<string, ParamType>;

export function scoreParams({ query, key, mask, scale, causal }: ScoreOperands, held: HeldOperand) {
  const strides = mask ? broadcastStrides(mask.shape, scoresShape({ query, key })) : [];
  const [maskBatch = 0, maskHead = 0, byQuery = 0, byKey = 0] = strides;
  const [maskRow, maskColumn] = held === 'queries' ? [byQuery, byKey] : [byKey, byQuery];
  return { scale, causal: causal ? 1 : 0, maskBatch, maskHead, maskRow, maskColumn };
}

export const MASK_DECLARATIONS = `
fn mask_row(batch: u32, head: u32, row: u32) -> u32 {
  return batch * params.maskBatch + head * params.maskHead + min(row, params.rows - 1u) * params.maskRow;
}
fn mask_at(mask_row: u32, column: u32) -> f32 {
  return load_mask(mask_row + min(column, params.columns - 1u) * params.maskColumn);
}
fn hides(mask: f32) -> bool {
  return bitcast<u32>(mask) == 0xff800000u;
}`;

/** The current slice of row `r`, from the arrays `<held><r>`. */
export function heldSlice(held: string): (r: number) => string {
  return (r) => `${held}${r}[i]`;
}

/** Makes the cells' scores `s<r>_<t>` of the rows' current slices `row(r)` and the operand `streamed`. */
export function computeScores(
  text: AttentionText,
  row: (r: number) => string,
  streamed: string,
  into = 's',
): string {
  return `${text.eachCell((cell) => `var ${into}${cell} = 0.0;`)}
    ${text.eachSlice(`
    ${text.load(streamed)}
    ${text.eachRow((r) => `let x${r} = ${row(r)};`)}
    ${text.eachColumn(
      (t) => `{ let y = ${text.at(streamed, t)};
      ${text.eachRow((r) => `${into}${r}_${t} = dot_add(x${r}, y, ${into}${r}_${t});`)} }`,
    )}`)}`;
}

/**
 * Adds to the held slices `<held><r>` the columns of `streamed`, each times `<weight><r>_<t>`; `start` is what they are
 * scaled by first.
 */
export function addColumns(
  text: AttentionText,
  held: string,
  streamed: string,
  weight: string,
  start: (slice: string, r: number) => string,
): string {
  return text.eachSlice(`
    ${text.load(streamed)}
    ${text.eachRow((r) => `var x${r} = ${start(`${held}${r}[i]`, r)};`)}
    ${text.eachColumn(
      (t) => `{ let y = ${text.at(streamed, t)};
      ${text.eachRow((r) => `x${r} = fma(vec4f(${weight}${r}_${t}), y, x${r});`)} }`,
    )}
    ${text.eachRow((r) => `${held}${r}[i] = x${r};`)}`);
}

/** Per held row, the columns [from, to) that it sees, and where its mask lies. */
export function visibleRange(text: AttentionText, masked: boolean, held: HeldOperand): string {
  const causal = 'params.causal != 0u';
  const [from, to] =
    held === 'queries'
      ? [() => '0u', (r: number) => `select(params.columns, min(params.columns, row${r} + 1u), ${causal})`]
      : [(r: number) => `select(0u, row${r}, ${causal})`, () => 'params.columns'];
  return text.eachRow(
    (r) => `  let from${r} = ${from(r)};
  let to${r} = ${to(r)};
${masked ? `  let maskRow${r} = mask_row(batch, head, row${r});` : ''}`,
  );
}

/**
 * Adds the mask to every cell's score `s<r>_<t>`, and says in `hidden<r>_<t>` which take no part. Without `||`, which
 * branches: SwiftShader's compiler does not come to an end over 32 such cells.
 */
export function hideScores(text: AttentionText, masked: boolean): string {
  return text.eachCell((cell, r, t) => {
    const outside = `(j + ${t}u < from${r}) | (j + ${t}u >= to${r})`;
    if (!masked) return `let hidden${cell} = ${outside};`;
    return `let mask${cell} = mask_at(maskRow${r}, j + ${t}u);
    let hidden${cell} = ${outside} | hides(mask${cell});
    s${cell} += mask${cell};`;
  });
}

/** Scores become exp(score - top); what was summed so far is to be scaled by `keep`. */
export function softmaxStep(text: AttentionText, r: number): string {
  const seen = (t: number) => `select(s${r}_${t}, LOWEST, hidden${r}_${t})`;
  return `var next${r} = top${r};
    ${text.eachColumn((t) => `next${r} = max(next${r}, ${seen(t)});`)}
    let keep${r} = exp(top${r} - next${r});
    top${r} = next${r};
    total${r} *= keep${r};
    ${text.eachColumn((t) => `s${r}_${t} = select(exp(s${r}_${t} - next${r}), 0.0, hidden${r}_${t}); total${r} += s${r}_${t};`)}`;
}
