import { Option } from '@commander-js/extra-typings';

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
  return new Option(
    '--prediction-type <type>',
    'what the model predicts, if the checkpoint does not specify it',
  ).choices(['epsilon', 'v_prediction'] as const);
}

/** `--variant`, of commands that open a checkpoint. */
export function variantOption() {
  return new Option(
    '--variant <name>',
    'variant of the weight files, such as fp16; default: full precision, otherwise fp16',
  );
}
