import { concat, narrow, scope, type Tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import type { AttentionHook, UNetHooks } from '../../src/unet/hooks.ts';
import '../support/device.ts';
import { readGolden } from '../support/golden.ts';
import { makeInputs, makeUNet, readUNetCases, type UNetCase } from './cases.ts';

const tiny = (await readUNetCases()).find(({ name }) => name === 'tiny') as UNetCase;
const changed = new Map((await readGolden('hooks')).map(({ name, tensors }) => [name, tensors.get('out')!]));

async function outputWith(hooks: UNetHooks): Promise<Float32Array> {
  using unet = makeUNet(tiny);
  using inputs = makeInputs(tiny, unet);
  const { sample, context } = inputs;
  using out = scope(() => unet.forward(sample, tiny.record.timestep, { context, hooks }));
  return out.data('f32');
}

/** Item 0 in the place of item 1 too. */
function firstForSecond(x: Tensor): Tensor {
  const first = narrow(x, 0, 0, 1);
  return concat([first, first]);
}

const CHANGES: readonly (readonly [name: string, what: string, hooks: UNetHooks])[] = [
  [
    'cross_probabilities',
    'probabilities of every cross-attention',
    { attention: ({ kind }) => (kind === 'cross' ? { probabilities: firstForSecond } : null) },
  ],
  [
    'self_keys_and_values',
    'keys and values of the self-attention of the way up',
    {
      attention: ({ kind, place }) =>
        kind === 'self' && place === 'up'
          ? {
              inputs: ({ queries, keys, values }) => ({
                queries,
                keys: firstForSecond(keys),
                values: firstForSecond(values),
              }),
            }
          : null,
    },
  ],
  [
    'attention_output',
    'outputs of self-attention',
    {
      attention: ({ kind, place }) =>
        kind === 'self' && place === 'up' ? { output: (own) => own.mul(0.5) } : null,
    },
  ],
  [
    'residual',
    'results of a second convolution',
    {
      resnet: ({ place, block, resnet }) =>
        place === 'up' && block === 1 && resnet === 1 ? { residual: firstForSecond } : null,
    },
  ],
  [
    'resnet_inputs',
    'the inputs of the resnets of an up block',
    {
      resnet: ({ place, block }) =>
        place === 'up' && block === 1
          ? { inputs: (hidden, skip) => [hidden.mul(1.1), skip.mul(0.9)] as const }
          : null,
    },
  ],
];

test.each(CHANGES)('%s: %s are replaced as diffusers’ are', async (name, _, hooks) => {
  const expected = changed.get(name)!.data;
  const out = await outputWith(hooks);
  expectAllClose(out, expected, { rtol: 1e-4 });
  // What was replaced makes a difference.
  expect(() => expectAllClose(out, tiny.tensors.get('out')!.data, { rtol: 1e-2 })).toThrow();
});

describe('what is returned as it is changes nothing', () => {
  const kept: AttentionHook = { inputs: (own) => own, probabilities: (own) => own, output: (own) => own };

  test('beyond rounding, in every layer at once', async () => {
    const hooks: UNetHooks = {
      attention: () => kept,
      resnet: () => ({ inputs: (hidden, skip) => [hidden, skip], residual: (own) => own }),
    };
    expectAllClose(await outputWith(hooks), tiny.tensors.get('out')!.data, { rtol: 1e-4 });
  });

  test('at all, where only inputs are looked at', async () => {
    const looking = await outputWith({ attention: () => ({ inputs: (own) => own }) });
    expect(looking).toEqual(await outputWith({}));
  });
});

test('probabilities are f32, by head', async () => {
  const shapes = new Set<string>();
  await outputWith({
    attention: ({ place }) =>
      place === 'mid'
        ? {
            probabilities(own) {
              shapes.add(`${own.dtype} ${own.shape.join(' ')}`);
              return own;
            },
          }
        : null,
  });
  expect([...shapes]).toEqual(['f32 2 8 4 4', 'f32 2 8 4 77']);
});
