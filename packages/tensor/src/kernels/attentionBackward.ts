import { numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { AttentionForward } from './attentionForward.ts';
import {
  type AttentionOperands,
  addColumns,
  computeScores,
  headDims,
  heldSlice,
  hideScores,
  MASK_DECLARATIONS,
  SCORE_PARAMS,
  scoreParams,
  scoresShape,
  visibleRange,
} from './attentionScores.ts';
import { attentionText } from './attentionStreams.ts';
import type { AttentionText } from './attentionText.ts';
import {
  type AttentionVariant,
  maskBinding,
  readsHeads,
  storeDtype,
  TEXT_PARAMS,
  textParams,
  variantOf,
  writesHeads,
} from './attentionVariant.ts';
import { replaceAs } from './cast.ts';
import { pointwise } from './pointwise.ts';
import { reduceMiddle, SUM } from './reduce.ts';
import { run } from './run.ts';
import { type Binding, defineKernel, type KernelSpec } from './wgsl.ts';

/** What both gradients need of the forward pass. */
export interface AttentionResidue extends AttentionForward {
  /** Gradient of the output, [B, Lq, H, D]. */
  readonly gradient: Tensor;
  /** f32 [B Lq H]: the sum over a head of gradient times output. */
  readonly delta: Tensor;
}

/** `forward` and the gradient of its output, ready for the two gradient kernels. */
export function attentionResidue(forward: AttentionForward, gradient: Tensor): AttentionResidue {
  const { output } = forward;
  const product = pointwise({ name: 'attentionBackward', expression: 'a * b' }, [gradient, output], 'f32');
  const [, , , length] = headDims(output);
  const delta = reduceMiddle(product, SUM, { outer: product.size / length, length, inner: 1 });
  product.dispose();
  return { ...forward, gradient, delta };
}

/** Gradient of the query, [B, Lq, H, D]: keys and values stream past the queries, probabilities are recomputed. */
export function attentionQueryGradient(operands: AttentionOperands, residue: AttentionResidue): Tensor {
  const { query, key, value } = operands;
  const [, , , headSize] = headDims(query);
  const variant = variantOf(operands, 'backward');
  const y = Tensor.empty(query.device, query.shape, storeDtype(variant), 'attentionBackward');
  const tensors = [query, key, value, residue.gradient, ...sharedTensors(operands, residue), y];
  run(queryKernel(variant), tensors, {
    params: { ...scoreParams(operands, 'queries'), ...textParams(query, key) },
    workgroups: groupsOf(queryText(variant), query),
    flops: 6 * numel(scoresShape(operands)) * headSize,
  });
  return replaceAs(y, query.dtype);
}

/** Gradients of key and value, [B, Lk, H, D]: queries and their gradients stream past the keys. */
export function attentionKeyValueGradients(
  operands: AttentionOperands,
  residue: AttentionResidue,
): { key: Tensor; value: Tensor } {
  const { query, key, value } = operands;
  const [, , , headSize] = headDims(query);
  const variant = variantOf(operands, 'backward');
  const [ofKey, ofValue] = [key, value].map((x) =>
    Tensor.empty(x.device, x.shape, storeDtype(variant), 'attentionBackward'),
  ) as [Tensor, Tensor];
  const tensors = [query, key, value, residue.gradient, ...sharedTensors(operands, residue), ofKey, ofValue];
  run(keyValueKernel(variant), tensors, {
    params: { ...scoreParams(operands, 'keys'), ...textParams(key, query) },
    workgroups: groupsOf(keyValueText(variant), key),
    flops: 8 * numel(scoresShape(operands)) * headSize,
  });
  return { key: replaceAs(ofKey, key.dtype), value: replaceAs(ofValue, value.dtype) };
}

function sharedTensors({ mask }: AttentionOperands, { statistics, delta }: AttentionResidue): Tensor[] {
  return [...(mask ? [mask] : []), statistics, delta];
}

function groupsOf({ groupRows }: AttentionText, held: Tensor): [number, number, number] {
  const [batch, rows, heads] = headDims(held);
  return [Math.ceil(rows / groupRows), heads, batch];
}

function queryText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['key', 'value']);
}

function keyValueText({ tile, slices }: AttentionVariant): AttentionText {
  return attentionText(tile, slices, ['query', 'gradient']);
}

/** A kernel over the held rows of `text`, which sees `batch`, `head`, the rows' places and visible ranges. */
function backwardSpec(
  variant: AttentionVariant,
  name: string,
  text: AttentionText,
  held: 'queries' | 'keys',
  outputs: readonly Binding[],
  main: string,
): KernelSpec {
  const masked = variant.maskDtype !== null;
  const inputs = ['query', 'key', 'value', 'gradient'].map((input) => readsHeads(input, variant));
  return {
    name,
    bindings: [
      ...inputs,
      ...maskBinding(variant),
      { name: 'statistics', dtype: 'f32', width: 1, access: 'read' },
      { name: 'delta', dtype: 'f32', width: 1, access: 'read' },
      ...outputs,
    ],
    params: { ...TEXT_PARAMS, ...SCORE_PARAMS },
    workgroup: text.workgroup,
    subgroups: text.subgroups,
    subgroupSize: text.pin,
    declarations: `${text.declarations([...inputs, ...outputs], 2)}\n${masked ? MASK_DECLARATIONS : ''}`,
    main: `
  let head = group.y;
  let batch = group.z;
${text.position}
${visibleRange(text, masked, held)}
${main}`,
  };
}

const queryKernel = defineKernel((variant: AttentionVariant) => {
  const text = queryText(variant);
  const masked = variant.maskDtype !== null;
  return backwardSpec(
    variant,
    'attentionBackwardQuery',
    text,
    'queries',
    [writesHeads('output', variant)],
    `${text.hold('query', 'gradient', 'sum')}
${text.eachRow(
  (r) => `  let top${r} = load_statistics(index${r} * 2u);
  let inverse${r} = load_statistics(index${r} * 2u + 1u);
  let delta${r} = load_delta(index${r});`,
)}
  ${text.eachSlice(
    text.eachRow(
      (r) => `    query${r}[i] = vector_query(index${r}, v) * params.scale;
    gradient${r}[i] = vector_gradient(index${r}, v);
    sum${r}[i] = vec4f();`,
    ),
  )}
  let end = select(params.columns, min(params.columns, first_row + ${text.groupRows}u), params.causal != 0u);
  for (var j = 0u; j < end; j += ${text.columns}u) {
    ${text.step}
    ${computeScores(text, heldSlice('query'), 'key')}
    ${computeScores(text, heldSlice('gradient'), 'value', 'd')}
    ${text.sumParts('s', 'd')}
    ${hideScores(text, masked)}
    ${text.eachCell(
      (cell, r) =>
        `let p${cell} = select(exp(s${cell} - top${r}) * inverse${r}, 0.0, hidden${cell});
    let g${cell} = p${cell} * (d${cell} - delta${r}) * params.scale;`,
    )}
    ${addColumns(text, 'sum', 'key', 'g', (slice) => slice)}
  }
${text.eachRow((r) => `  if (row${r} < params.rows) {\n${text.eachSlice(`    put_output(index${r}, v, sum${r}[i]);`)}\n  }`)}`,
  );
});

const keyValueKernel = defineKernel((variant: AttentionVariant) => {
  const text = keyValueText(variant);
  const masked = variant.maskDtype !== null;
  return backwardSpec(
    variant,
    'attentionBackwardKeyValue',
    text,
    'keys',
    [writesHeads('key_output', variant), writesHeads('value_output', variant)],
    `${text.hold('key', 'value', 'key_sum', 'value_sum')}
  ${text.eachSlice(
    text.eachRow(
      (r) => `    key${r}[i] = vector_key(index${r}, v) * params.scale;
    value${r}[i] = vector_value(index${r}, v);
    key_sum${r}[i] = vec4f();
    value_sum${r}[i] = vec4f();`,
    ),
  )}
  for (var j = 0u; j < params.columns; j += ${text.columns}u) {
    ${text.step}
    ${text.columnValues('top', (index) => `load_statistics(${index} * 2u)`)}
    ${text.columnValues('inverse', (index) => `load_statistics(${index} * 2u + 1u)`)}
    ${text.columnValues('delta', (index) => `load_delta(${index})`)}
    ${computeScores(text, heldSlice('key'), 'query')}
    ${computeScores(text, heldSlice('value'), 'gradient', 'd')}
    ${text.sumParts('s', 'd')}
    ${hideScores(text, masked)}
    ${text.eachCell(
      (cell, _r, t) =>
        `let p${cell} = select(exp(s${cell} - top${t}) * inverse${t}, 0.0, hidden${cell});
    let g${cell} = p${cell} * (d${cell} - delta${t}) * params.scale;`,
    )}
    ${addColumns(text, 'value_sum', 'gradient', 'p', (slice) => slice)}
    ${addColumns(text, 'key_sum', 'query', 'g', (slice) => slice)}
  }
${text.eachRow(
  (r) => `  if (row${r} < params.rows) {
${text.eachSlice(`    put_key_output(index${r}, v, key_sum${r}[i]);
    put_value_output(index${r}, v, value_sum${r}[i]);`)}
  }`,
)}`,
  );
});
