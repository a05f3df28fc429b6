import { Option } from '@commander-js/extra-typings';
import { MODEL_TEXTS } from '@lusd/lusd';

/** `--vae`, of commands that open a checkpoint. */
export function vaeOption() {
  return new Option('--vae <folder|file>', "a VAE to use instead of the checkpoint's own");
}

/** `--config-folder`, of commands that open a checkpoint. */
export function configFolderOption() {
  return new Option(
    '--config-folder <folder>',
    "for a single file that needs it: a diffusers folder with the model's configurations and tokenizer",
  );
}

/** `--prediction-type`, of commands that open a checkpoint. */
export function predictionTypeOption() {
  const { flags, text } = MODEL_TEXTS.predictionType;
  return new Option(flags, text).choices(['epsilon', 'v_prediction'] as const);
}

/** `--variant`, of commands that open a checkpoint. */
export function variantOption() {
  const { flags, text } = MODEL_TEXTS.variant;
  return new Option(flags, text);
}
