import { Option } from '@commander-js/extra-typings';

/** `--vae`, of commands that open a checkpoint. */
export function vaeOption() {
  return new Option('--vae <folder|file>', "a VAE in place of the checkpoint's own");
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
    'what the model predicts, where the checkpoint does not say it',
  ).choices(['epsilon', 'v_prediction'] as const);
}

/** `--variant`, of commands that open a checkpoint. */
export function variantOption() {
  return new Option(
    '--variant <name>',
    'which weight files of a folder, such as fp16; default: full precision, else fp16',
  );
}
