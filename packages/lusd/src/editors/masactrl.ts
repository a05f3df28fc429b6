import * as v from 'valibot';
import type { Tap } from '../denoiser.ts';
import { OptionError } from '../errors.ts';
import { type InversionName, inversionName, sampleBranches } from '../inversion/branches.ts';
import { Ddim } from '../inversion/ddim.ts';
import { invert, LatentLevels } from '../inversion/invert.ts';
import { copyItems, copyOfSource } from '../inversion/items.ts';
import { count, parseOptions } from '../options.ts';
import { type InversionOptions, inversionEntries } from './ddimInversion.ts';
import type { Editor, Problem, Step } from './editor.ts';

/** The settings of MasaCtrl. */
export interface MasactrlOptions extends InversionOptions {
  /** How the source's branch is kept on the picture; default 'ddim'. See {@link InversionName}. */
  readonly inversion: InversionName;
  /** The first step, from 0, whose self-attention looks at the source; default 4. */
  readonly startStep: number;
  /** The first transformer, from 0 in the order in which they run, that does; default 10, of Stable Diffusion's 16. */
  readonly startLayer: number;
}

/** MasaCtrl with its options. */
export interface MasactrlEditor extends Editor {
  readonly options: MasactrlOptions;
}

/** How each of {@link MasactrlOptions} is checked, and its default. */
export const masactrlEntries = {
  ...inversionEntries,
  inversion: v.optional(inversionName, 'ddim'),
  startStep: v.optional(count, 4),
  startLayer: v.optional(count, 10),
};

/**
 * MasaCtrl (Cao et al., ICCV 2023, arXiv 2304.08465): source and target are sampled side by side from the inverted
 * picture, and from some step and layer on the target's self-attention looks at the source's keys and values. As in its
 * authors' program the source's branch has the empty prompt; the source prompt is not used.
 *
 * @throws OptionError naming the first option that is unknown or out of range
 */
export function masactrl(options: Partial<MasactrlOptions> = {}): MasactrlEditor {
  const parsed = parseOptions('masactrl', masactrlEntries, options);
  const { numSteps, startStep } = parsed;
  if (startStep >= numSteps)
    throw new OptionError('startStep', `must be less than the ${numSteps} steps, but is ${startStep}`);
  return {
    name: 'masactrl',
    numSteps: 2 * numSteps,
    options: parsed,
    run: (problem) => run(problem, parsed),
  };
}

async function* run(problem: Problem, options: MasactrlOptions): AsyncGenerator<Step, void> {
  const { numSteps, guidanceScale, inversion, startStep, startLayer } = options;
  const ddim = new Ddim(problem.schedule, numSteps);
  using levels = new LatentLevels(problem.source);
  yield* invert(problem, ddim, 'null', levels);
  const mutual = mutualSelfAttention(startLayer);
  const control = { tap: (index: number) => (index < startStep ? null : mutual) };
  const branches = { ddim, levels, inversion, sourcePrompt: 'null', guidanceScale, control } as const;
  yield* sampleBranches(problem, branches, numSteps);
}

/** Keys and values of the target's self-attention are the source's. */
function mutualSelfAttention(startLayer: number): Tap<null> {
  return {
    listen([source, target]) {
      const from = copyOfSource(source!, target!);
      let layers = 0;
      return {
        hooks: {
          attention({ kind }) {
            if (kind !== 'self' || layers++ < startLayer) return null;
            return {
              inputs: ({ queries, keys, values }) => ({
                queries,
                keys: copyItems(keys, from),
                values: copyItems(values, from),
              }),
            };
          },
          [Symbol.dispose]() {},
        },
        read() {
          if (layers > startLayer) return null;
          throw new OptionError(
            'startLayer',
            `must be less than ${layers}, the number of the model's transformers, but is ${startLayer}`,
          );
        },
      };
    },
  };
}
