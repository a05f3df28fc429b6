import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from '@lusd/sd-models/node';
import { expect, test } from 'vitest';
import { type LusdEvent, lusd, ONE_ERROR, PROMPTS, SHAPES, temporaryFolder, thorough } from '../lusd.ts';
import { disc } from '../pictures.ts';

const folder = temporaryFolder();
const picture = join(folder, 'disc.png');
writeFileSync(picture, encodePng(disc()));

const shapesScheduler = readFileSync(join(SHAPES, 'scheduler/scheduler_config.json'), 'utf8');
/** What the small model's scheduler says of training. */
const { num_train_timesteps, beta_start, beta_end, beta_schedule } = JSON.parse(shapesScheduler) as Record<
  string,
  unknown
>;
const BETAS = { num_train_timesteps, beta_start, beta_end, beta_schedule };

/** A copy of the small model whose scheduler's file is `text`. */
function withScheduler(name: string, text: string): string {
  const model = join(folder, name);
  cpSync(SHAPES, model, { recursive: true });
  mkdirSync(join(model, 'scheduler'), { recursive: true });
  writeFileSync(join(model, 'scheduler/scheduler_config.json'), text);
  return model;
}

const warnings = (events: readonly LusdEvent[]) => events.filter(({ event }) => event === 'warning');

thorough(
  'B01, B02: a file that diffusers saved with -Infinity and its samplers’ fields is inspected, edited with, sampled and converted',
  () => {
    const fields = {
      ...BETAS,
      algorithm_type: 'sde-dpmsolver++',
      use_karras_sigmas: true,
      solver_type: 'bh2',
    };
    const text = JSON.stringify({ _class_name: 'DPMSolverMultistepScheduler', ...fields }).replace(
      /}$/,
      ', "lambda_min_clipped": -Infinity, "extra": [NaN, Infinity]}',
    );
    const model = withScheduler('dpm', text);
    expect(lusd('weights', 'inspect', model)).toMatchObject({ code: 0 });

    const quick = ['--weights', model, '--size', '64'];
    const edit = lusd(
      ...['edit', ...quick, ...PROMPTS, '--num-steps', '1', '--image', picture],
      ...['--output', join(folder, 'edited.png'), '--json'],
    );
    expect(edit.code).toBe(0);
    expect(warnings(edit.events)).toEqual([]);

    const generate = (sampler: string) =>
      lusd(
        ...['generate', ...quick, '--prompt', 'a red circle', '--steps', '2', '--sampler', sampler],
        ...['--output', join(folder, 'made.png'), '--json'],
      );
    expect(warnings(generate('euler').events)).toEqual([]);
    const { code, events } = generate('dpm++2m');
    expect(code).toBe(0);
    expect(warnings(events)).toEqual([
      {
        event: 'warning',
        sampler: 'dpm++2m',
        fields: ['algorithm_type'],
        message:
          'the model\'s scheduler_config.json has algorithm_type "sde-dpmsolver++", which --sampler dpm++2m ignores',
      },
    ]);

    const converted = join(folder, 'converted');
    expect(lusd('weights', 'convert', model, converted)).toMatchObject({ code: 0 });
    const written = readFileSync(join(converted, 'scheduler/scheduler_config.json'), 'utf8');
    expect(written).toContain('"lambda_min_clipped": -Infinity');
    expect(written).toMatch(/"extra": \[\s*NaN,\s*Infinity\s*\]/);
    expect(lusd('weights', 'inspect', converted)).toMatchObject({ code: 0 });
  },
);

test.each([
  [
    'JSON with a mistake',
    '{\n  "beta_start": 0.00085,\n}',
    /is not valid JSON: line 3, column 1: "}" stands where a name in/,
  ],
  [
    'flow matching',
    '{"_class_name": "FlowMatchEulerDiscreteScheduler"}',
    /trained by flow matching \(FlowMatchEuler/,
  ],
])('B01, B02: %s is one error that says what is wrong', (name, text, says) => {
  const model = withScheduler(name.replaceAll(' ', '-'), text);
  const { code, stderr } = lusd(
    ...['edit', '--weights', model, ...PROMPTS, '--image', picture, '--output', join(folder, 'never.png')],
  );
  expect(code).toBe(1);
  expect(stderr.split('\n').at(-1)).toMatch(ONE_ERROR);
  expect(stderr).toMatch(says);
});
