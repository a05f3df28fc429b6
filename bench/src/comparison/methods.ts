import { METHOD_NAMES, METHOD_OPTIONS, type MethodName } from '@lusd/lusd';
import { SHAPES_OPTIONS } from '@lusd/lusd/shapes';
import { METHODS_MEASURED, type Settings } from '../edits/methods.ts';

/** The methods that edit with the shapes model: InstructPix2Pix needs one of its own. */
export const COMPARED: readonly MethodName[] = METHOD_NAMES.filter((name) => name !== 'instruct-pix2pix');

/** Samplers whose authors' settings are for Stable Diffusion's 16 transformers, or take 999 steps before the first. */
const SAMPLERS: Readonly<Partial<Record<MethodName, Settings>>> = {
  masactrl: { startLayer: 4 },
  'plug-and-play': { inversionSteps: 50 },
};

const { numSteps, tMin, tMax } = SHAPES_OPTIONS;
const RANGE = { numSteps, tMin, tMax };

/**
 * A method's flags of `lusd run` for the shapes model: LUSD's own settings, for other methods of score distillation the
 * first that `npm run bench:edits` tries, for samplers their authors', but for what the model lacks.
 */
export function flagsFor(method: MethodName): string[] {
  const measured = METHODS_MEASURED.find(({ name }) => name === method);
  if (method === 'lusd') return flagsOf(SHAPES_OPTIONS);
  return measured
    ? flagsOf({ ...(measured.fixed ?? RANGE), ...measured.candidates[0] })
    : flagsOf(SAMPLERS[method] ?? {});
}

/** Settings as they are given on the command line. */
function flagsOf(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const flag = METHOD_OPTIONS.find((option) => option.name === name)?.flags.split(' ')[0];
    if (flag === undefined) throw new Error(`no method has an option ${name}`);
    if (typeof value !== 'boolean') return [flag, `${value}`];
    return [value ? flag : flag.replace('--', '--no-')];
  });
}
