import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { run } from './run.ts';
import { defineKernel, type ParamType, type WgslKernel } from './wgsl.ts';

const WORKGROUP = 64;

const advanceKernel = defineKernel({
  name: 'advanceStep',
  bindings: [{ name: 'progress', dtype: 'f32', width: 1, access: 'update' }],
  params: {},
  workgroup: [1, 1, 1],
  main: '  store_progress(1u, load_progress(1u) + 1.0);',
});

/** Counts one step in [learning rate, steps]. */
export function advanceStep(progress: Tensor): void {
  run(advanceKernel, [progress], { workgroups: 1 });
}

/** An in-place update of a parameter `p` by WGSL statements, which see the vec4s `p`, `g` and the states `m`, `v`. */
export interface UpdateRule {
  readonly name: string;
  readonly params: Readonly<Record<string, ParamType>>;
  /** Names of the state tensors, all f32 of the parameter's shape. */
  readonly states: readonly string[];
  /** Statements that assign `p` and the states; `rate` and `steps` are f32, `params.<name>` the scalars. */
  readonly body: string;
  /** Functions that the body calls. */
  readonly declarations?: string;
}

/** What an update reads and writes. */
export interface UpdateOperands {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** [learning rate, steps], f32. */
  readonly progress: Tensor;
  /** In the order of the rule's names. */
  readonly states?: readonly Tensor[];
  readonly params?: Readonly<Record<string, number>>;
}

export type Update = (operands: UpdateOperands) => void;

/** The function that applies `rule`. */
export function defineUpdate(rule: UpdateRule): Update {
  const kernelFor = updateKernel(rule);
  return ({ parameter, gradient, progress, states = [], params = {} }) => {
    const count = Math.ceil(parameter.size / 4);
    const kernel = kernelFor({ parameter: parameter.dtype, gradient: gradient.dtype });
    run(kernel, [parameter, gradient, progress, ...states], {
      params: { ...params, count },
      workgroups: Math.ceil(count / WORKGROUP),
    });
  };
}

interface UpdateVariant {
  readonly parameter: DType;
  readonly gradient: DType;
}

function updateKernel(rule: UpdateRule): (variant: UpdateVariant) => WgslKernel {
  const loads = ['p', ...rule.states].map((name) => `var ${name} = load_${name}_buffer(i);`);
  const stores = ['p', ...rule.states].map((name) => `store_${name}_buffer(i, ${name});`);
  return defineKernel(({ parameter, gradient }: UpdateVariant) => ({
    name: rule.name,
    bindings: [
      { name: 'p_buffer', dtype: parameter, width: 4, access: 'update' },
      { name: 'g_buffer', dtype: gradient, width: 4, access: 'read' },
      { name: 'progress', dtype: 'f32', width: 1, access: 'read' },
      ...rule.states.map(
        (name) => ({ name: `${name}_buffer`, dtype: 'f32', width: 4, access: 'update' }) as const,
      ),
    ],
    params: { ...rule.params, count: 'u32' },
    workgroup: [WORKGROUP, 1, 1],
    declarations: rule.declarations ?? '',
    main: `
  let i = group_index * ${WORKGROUP}u + lane;
  if (i >= params.count) { return; }
  let rate = load_progress(0u);
  let steps = load_progress(1u);
  ${loads.join('\n  ')}
  var g = load_g_buffer(i);
  ${rule.body}
  ${stores.join('\n  ')}`,
  }));
}
