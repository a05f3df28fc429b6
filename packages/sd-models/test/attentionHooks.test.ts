import { noGrad, scope, type Tensor } from '@lusd/tensor';
import { expectAllClose } from '@lusd/testing/allClose';
import { describe, expect, test } from 'vitest';
import { AttentionHooks, type AttentionRequest } from '../src/attentionHooks.ts';
import { Attention } from '../src/unet/attention.ts';
import type { AttentionLayer } from '../src/unet/hooks.ts';
import { device } from './support/device.ts';
import { under } from './support/golden.ts';
import { makeInputs, makeUNet, readUNetCases, type UNetCase } from './unet/cases.ts';

const tiny = (await readUNetCases()).find(({ name }) => name === 'tiny') as UNetCase;

/** One pass of the tiny UNet with hooks on the given requests. */
async function listen<T>(
  requests: AttentionRequest[],
  body: (hooks: AttentionHooks, out: Float32Array) => Promise<T>,
): Promise<T> {
  using unet = makeUNet(tiny);
  using hooks = new AttentionHooks(requests);
  const out = scope(() => {
    const { sample, context } = makeInputs(tiny, unet);
    return unet.forward(sample, tiny.record.timestep, { context, hooks });
  });
  try {
    return await body(hooks, await out.data('f32'));
  } finally {
    out.dispose();
  }
}

/** diffusers' name of a layer. */
const nameOf = ({ name }: AttentionLayer): string => name;

const placesOf = (hooks: AttentionHooks) => hooks.maps.map(({ layer }) => nameOf(layer));

describe('AttentionHooks', () => {
  test("gives diffusers' maps of item 1, as the mean over heads", async () => {
    const expected = under(tiny.tensors, 'maps/');
    await listen([{ items: [1], headMean: true }], async (hooks) => {
      const maps = hooks.maps.filter(({ layer }) => expected.get(nameOf(layer))?.shape.length === 2);
      expect(maps.length).toBe(7);
      for (const { layer, probabilities } of maps) {
        const { shape, data } = expected.get(nameOf(layer))!;
        expect(probabilities.shape).toEqual([1, ...shape]);
        expectAllClose(await probabilities.data(), data, { rtol: 1e-4, label: nameOf(layer) });
      }
    });
  });

  test("gives diffusers' probabilities of every head", async () => {
    const expected = tiny.tensors.get('maps/mid_block.attentions.0.transformer_blocks.0.attn2')!;
    await listen([{ items: [1], places: ['mid'], kind: 'cross' }], async ({ maps }) => {
      expect(maps.map(({ probabilities }) => probabilities.shape)).toEqual([[1, ...expected.shape]]);
      expectAllClose(await maps[0]!.probabilities.data(), expected.data, { rtol: 1e-4 });
    });
  });

  test('says which module of the UNet a layer is', async () => {
    using unet = makeUNet(tiny);
    using hooks = new AttentionHooks([{ headMean: true }]);
    scope(() => {
      const { sample, context } = makeInputs(tiny, unet);
      unet.forward(sample, 1, { context, hooks });
    });
    const attentions = unet.namedModules().filter(([, module]) => module instanceof Attention);
    const names = hooks.maps.map(({ layer }) => layer.name);
    expect(new Set(names)).toEqual(new Set(attentions.map(([name]) => name)));
    expect(names.length).toBe(32);
  });

  test('chooses by kind, place and resolution', async () => {
    const cross: AttentionRequest = { kind: 'cross', places: ['down', 'up'], size: [4, 4], headMean: true };
    const self: AttentionRequest = { kind: 'self', places: ['up'], size: [8, 8], headMean: true };
    await listen([cross, self], async (hooks) => {
      const block = (path: string, attention: string, count: number) =>
        Array.from({ length: count }, (_, i) => `${path}.attentions.${i}.transformer_blocks.0.${attention}`);
      const crossNames = [...block('down_blocks.2', 'attn2', 2), ...block('up_blocks.1', 'attn2', 3)];
      const selfNames = block('up_blocks.2', 'attn1', 3);
      expect(placesOf(hooks)).toEqual([...crossNames, ...selfNames]);
      expect(hooks.mapsOf(cross).map(({ layer }) => nameOf(layer))).toEqual(crossNames);
      expect(hooks.mapsOf(self).map(({ layer }) => nameOf(layer))).toEqual(selfNames);
      expect(hooks.mapsOf(self)[0]!.probabilities.shape).toEqual([2, 64, 64]);
    });
  });

  test('gives the batch items in the order asked for, in rows that sum to 1', async () => {
    const both: AttentionRequest = { kind: 'cross', places: ['mid'] };
    const swapped: AttentionRequest = { ...both, items: [1, 0] };
    await listen([both, swapped], async (hooks) => {
      const data = async (request: AttentionRequest) => [
        ...(await (hooks.mapsOf(request)[0]!.probabilities as Tensor).data('f32')),
      ];
      const [inOrder, reversed] = [await data(both), await data(swapped)];
      const half = inOrder.length / 2;
      expect(reversed).toEqual([...inOrder.slice(half), ...inOrder.slice(0, half)]);
      const rows = Array.from({ length: inOrder.length / 77 }, (_, i) => inOrder.slice(77 * i, 77 * (i + 1)));
      const sums = rows.map((row) => row.reduce((a, b) => a + b));
      expectAllClose(
        sums,
        sums.map(() => 1),
        { rtol: 1e-5 },
      );
    });
  });

  test.each([[[]], [[0, 2]], [[-1]], [[0.5]]])('refuses the items %j of a batch of two', async (items) => {
    await expect(listen([{ items }], async () => {})).rejects.toThrow(
      `attention hooks: a request names the batch items [${items.join(', ')}]; use some of 0 to 1`,
    );
  });

  test('leaves the result as it is, bit by bit', async () => {
    const plain = await listen([], async (hooks, out) => {
      expect(hooks.maps).toEqual([]);
      return out;
    });
    await listen([{ headMean: true }, { items: [0] }], async (hooks, out) => {
      expect(hooks.maps.length).toBe(2 * 32);
      expect(out).toEqual(plain);
    });
  });

  test('frees its maps when disposed', () => {
    using unet = makeUNet(tiny);
    noGrad(() =>
      scope(() => {
        const { sample, context } = makeInputs(tiny, unet);
        unet.forward(sample, 1, { context });
        const before = device.memory().liveBuffers;
        const hooks = new AttentionHooks([{ kind: 'self', headMean: true }]);
        unet.forward(sample, 1, { context, hooks }).dispose();
        expect(device.memory().liveBuffers).toBe(before + 16);
        hooks.dispose();
        expect(device.memory().liveBuffers).toBe(before);
      }),
    );
  });
});
