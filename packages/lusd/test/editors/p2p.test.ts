import type { StableDiffusion } from '@lusd/sd-models';
import type { Tensor } from '@lusd/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PromptControl } from '../../src/editors/p2p.ts';
import { directInversion, OptionError, type P2pOptions, p2p } from '../../src/index.ts';
import { sampleBranches } from '../../src/inversion/branches.ts';
import { Ddim } from '../../src/inversion/ddim.ts';
import { LatentLevels } from '../../src/inversion/invert.ts';
import '../support/device.ts';
import { readGolden } from '../support/goldenFiles.ts';
import { goldenPipeline } from '../support/goldenModel.ts';
import { expectRecorded, fromPlanes, goldenProblem, planesOf } from '../support/goldenProblem.ts';
import { repeatsAll } from '../support/recordings.ts';

interface RefineCase {
  readonly prompts: { readonly source: string; readonly target: string };
  readonly steps: number;
  readonly timesteps: readonly number[];
  readonly parameters: {
    readonly guidance_scale: number;
    readonly cross_replace_steps: number;
    readonly self_replace_steps: number;
  };
}

interface VariantsCase extends Pick<RefineCase, 'steps' | 'timesteps'> {
  readonly prompts: Readonly<Record<'replace' | 'blend', readonly [source: string, target: string]>>;
  readonly parameters: RefineCase['parameters'] & {
    readonly blend_words: readonly [source: string, target: string];
    readonly equalizer_values: Readonly<Record<string, number>>;
    readonly blend_threshold: number;
  };
}

const SIDE = 32;
const refine = await readGolden<RefineCase>('editors/p2p_refine');
const variants = await readGolden<VariantsCase>('editors/p2p_variants');
let pipeline: StableDiffusion;
beforeAll(async () => {
  pipeline = await goldenPipeline('editors/p2p_refine');
});
afterAll(() => pipeline.dispose());

function optionsOf({ steps, parameters }: Pick<RefineCase, 'steps' | 'parameters'>) {
  return {
    numSteps: steps,
    guidanceScale: parameters.guidance_scale,
    crossReplaceSteps: parameters.cross_replace_steps,
    selfReplaceSteps: parameters.self_replace_steps,
  };
}

/** The blend of the recorded maps, whose attention is at half the latents' size. */
function blendOptions({ blend_words: [source, target], ...parameters }: VariantsCase['parameters']) {
  return {
    reweight: parameters.equalizer_values,
    blendSourceWords: [source],
    blendTargetWords: [target],
    blendThreshold: parameters.blend_threshold,
    blendDownscale: 2,
  };
}

test('direct inversion with refinement takes the recorded steps', async () => {
  const { record } = refine;
  const { steps } = record;
  using problem = goldenProblem(pipeline, { prompts: record.prompts, side: SIDE });
  for await (const step of directInversion(optionsOf(record)).run(problem)) {
    const { iteration, latents, facts } = step;
    const k = iteration - steps;
    await expectRecorded(refine, k < 0 ? `inverted.${iteration + 1}` : `edited.${k}`, latents);
    if (facts.sourceBranch) await expectRecorded(refine, `inverted.${steps - 1 - k}`, facts.sourceBranch);
    expect(facts.sourceBranch !== undefined).toBe(k >= 0);
  }
});

test.runIf(repeatsAll)('reweighting and a local blend take the recorded steps', async () => {
  const { record } = variants;
  const { steps, parameters } = record;
  const [source, target] = record.prompts.blend;
  using problem = goldenProblem(pipeline, { prompts: { source, target }, side: SIDE });
  const editor = directInversion({ ...optionsOf(record), ...blendOptions(parameters) });
  const masked: number[] = [];
  for await (const { iteration, latents, facts } of editor.run(problem)) {
    const k = iteration - steps;
    if (k < 0) continue;
    await expectRecorded(variants, `blend.${k}`, facts.sourceBranch!, 0);
    await expectRecorded(variants, `blend.${k}`, latents, 1);
    if (!facts.mask) continue;
    const mask = await facts.mask.data('f32');
    const recorded = variants.tensors.get(`blend.mask.${masked.length}`)!;
    expect([...mask]).toEqual([...recorded.subarray(mask.length)]);
    masked.push(k);
  }
  expect(masked).toEqual([1, 2, 3, 4]);
});

/** Steps of both branches from the recorded noise, without an inversion. */
async function* sampled(options: Partial<P2pOptions>, [source, target]: readonly [string, string]) {
  const { record } = variants;
  using problem = goldenProblem(pipeline, { prompts: { source, target }, side: SIDE });
  const ddim = new Ddim(problem.schedule, record.steps);
  using control = new PromptControl(problem, p2p({ ...optionsOf(record), ...options }).options);
  using levels = new LatentLevels(problem.source);
  using start = fromPlanes(variants.tensors.get('start')!, SIDE);
  levels.set(ddim.timesteps[0]!, start);
  const guidanceScale = record.parameters.guidance_scale;
  const settings = { inversion: 'ddim', sourcePrompt: 'source', guidanceScale } as const;
  yield* sampleBranches(problem, { ddim, levels, control, ...settings });
}

test.runIf(repeatsAll)('replacement takes the recorded steps, the source sampled beside it', async () => {
  const options = { promptEdit: 'replace', replacedTail: 'parity' } as const;
  for await (const { iteration: k, latents, facts } of sampled(options, variants.record.prompts.replace)) {
    await expectRecorded(variants, `replace.${k}`, facts.sourceBranch!, 0);
    await expectRecorded(variants, `replace.${k}`, latents, 1);
  }
});

describe.runIf(repeatsAll)('properties', () => {
  async function lastOf(options: Partial<P2pOptions>, prompts: readonly [string, string]) {
    let last: [Float32Array, Float32Array] | null = null;
    const copy = async (latents: Tensor) => planesOf(latents);
    for await (const { latents, facts } of sampled(options, prompts))
      last = [await copy(latents), await copy(facts.sourceBranch!)];
    return last!;
  }

  test('with equal prompts the target follows the source', async () => {
    const [target, source] = await lastOf({}, ['a cup of coffee', 'a cup of coffee']);
    const scale = Math.max(...source.map(Math.abs));
    const apart = Math.max(...source.map((value, i) => Math.abs(value - target[i]!)));
    expect(apart).toBeLessThan(1e-4 * scale);
  });

  test('shares of words take the place of the share of all', async () => {
    const prompts = ['a cup of coffee', 'a cup of matcha'] as const;
    const plain = await lastOf({ crossReplaceSteps: 0.4 }, prompts);
    const same = await lastOf({ crossReplaceSteps: 0.4, crossReplaceWords: { cup: 0.4 } }, prompts);
    const [longer] = await lastOf({ crossReplaceSteps: 0.4, crossReplaceWords: { cup: 1 } }, prompts);
    expect(same).toEqual(plain);
    expect(longer).not.toEqual(plain[0]);
  });

  test('a blend with a threshold of 1 leaves the source as it is', async () => {
    const blend = { blendTargetWords: ['matcha'], blendThreshold: 1, blendDownscale: 2, blendStart: 0 };
    const [target, source] = await lastOf(blend, ['a cup of coffee', 'a cup of matcha']);
    expect(target).toEqual(source);
  });
});

describe('refuses', () => {
  const prompts = { source: 'a cup of coffee', target: 'a cup of matcha with a straw' };

  async function failure(options: Partial<P2pOptions>): Promise<unknown> {
    using problem = goldenProblem(pipeline, { prompts, side: SIDE });
    try {
      for await (const _ of p2p({ numSteps: 1, ...options }).run(problem));
    } catch (error) {
      return error;
    }
    return null;
  }

  test.each<[Partial<P2pOptions>, string, string]>([
    [
      { promptEdit: 'replace' },
      'promptEdit',
      'cannot be replace, since the source prompt has 4 words and the target prompt 7; use refine, or prompts of equally many words',
    ],
    [{ reweight: { tea: 2 } }, 'reweight', 'but "tea" is not'],
    [{ crossReplaceWords: { tea: 0.2 } }, 'crossReplaceWords', 'but "tea" is not'],
    [{ blendSourceWords: ['matcha'] }, 'blendSourceWords', 'in the source prompt "a cup of coffee"'],
    [{ blendTargetWords: ['coffee'] }, 'blendTargetWords', 'in the target prompt'],
    [
      { blendTargetWords: ['matcha'], blendDownscale: 3 },
      'blendDownscale',
      "must lead to a size of the model's cross-attention, which has none at 11 x 11",
    ],
    [{ numSteps: 1000 }, 'numSteps', 'must be at most 999, but is 1000'],
  ])('%o', async (options, option, reason) => {
    const error = await failure(options);
    expect(error).toBeInstanceOf(OptionError);
    expect((error as OptionError).option).toBe(option);
    expect((error as OptionError).reason).toContain(reason);
  });

  test('prompts in several chunks', async () => {
    using problem = goldenProblem(pipeline, { prompts, side: SIDE });
    const long = { ...problem.prompts, target: 'cup '.repeat(80), longPrompts: true };
    const steps = p2p({ numSteps: 1 }).run({ ...problem, prompts: long });
    await expect(steps.next()).rejects.toThrow(
      'option longPrompts cannot be used with prompt-to-prompt beyond 75',
    );
  });

  test.each<[object, string]>([
    [
      { inversion: 'null-text' },
      'inversion must be one of ddim, negative-prompt, direct, but is "null-text"',
    ],
    [{ promptEdit: 'swap' }, 'promptEdit must be refine or replace, but is "swap"'],
    [{ crossReplaceSteps: -0.1 }, 'crossReplaceSteps must be at least 0, but is -0.1'],
    [{ crossReplaceWords: { cup: 2 } }, 'option crossReplaceWords must be at most 1, but is 2 for "cup"'],
    [{ selfReplaceSteps: 2 }, 'selfReplaceSteps must be at most 1, but is 2'],
    [{ blendTargetWords: 'cup' }, 'blendTargetWords must be a list of words, but is "cup"'],
    [{ reweight: { cup: 'two' } }, 'option reweight must be a number, but is "two" for "cup"'],
    [{ blendDownscale: 0 }, 'blendDownscale must be at least 1, but is 0'],
  ])('%o', (options, message) => {
    expect(() => p2p(options as Partial<P2pOptions>)).toThrow(message);
  });

  test('another inversion than the direct one', () => {
    const options = { inversion: 'ddim' } as object;
    expect(() => directInversion(options)).toThrow('option inversion is not an option of direct-inversion');
  });
});
