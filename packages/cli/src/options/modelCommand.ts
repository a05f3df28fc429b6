import { Option } from '@commander-js/extra-typings';
import { MODEL_TEXTS, PROMPT_TEXTS } from '@lusd/lusd';
import type { CheckpointFlags } from '../weights/locate.ts';
import { baseCommand } from './baseCommand.ts';
import { configFolderOption, predictionTypeOption, vaeOption, variantOption } from './checkpointOptions.ts';

/** `auto` leaves the choice to the weights and the adapter. */
export type DTypeName = 'auto' | 'f32' | 'f16';

/** Options shared by all commands that load a model. */
export interface ModelOptions extends CheckpointFlags {
  readonly dtype: DTypeName;
  readonly adapter: string;
  readonly longPrompts?: true | undefined;
}

/** A command that loads a model. */
export function modelCommand(name: string, description: string) {
  return baseCommand(name, description)
    .optionsGroup('Model:')
    .addOption(
      new Option(
        '--weights <folder|file|name>',
        'a diffusers folder, a .safetensors file, or a name for `lusd weights pull`',
      )
        .default('sd15')
        .env('LUSD_WEIGHTS'),
    )
    .addOption(vaeOption())
    .addOption(configFolderOption())
    .addOption(predictionTypeOption())
    .addOption(variantOption())
    .option(PROMPT_TEXTS.longPrompts.flags, PROMPT_TEXTS.longPrompts.text)
    .addOption(dtypeOption())
    .addOption(adapterOption());
}

export function dtypeOption() {
  return new Option(MODEL_TEXTS.dtype.flags, MODEL_TEXTS.dtype.text)
    .choices(['auto', 'f32', 'f16'] as const)
    .default(
      'auto' as const,
      'f16 if the weights are stored in f16 and the adapter supports it, otherwise f32',
    );
}

export function adapterOption() {
  return new Option('--adapter <name>', "auto, gpu, lavapipe, swiftshader, or a part of the adapter's name")
    .default('auto')
    .env('LUSD_ADAPTER');
}
