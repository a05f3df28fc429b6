import { Option } from '@commander-js/extra-typings';
import { MODEL_TEXTS } from '@lusd/lusd';

/** `--vae`, of commands that open a checkpoint. */
export function vaeOption() {
  const { flags, text } = MODEL_TEXTS.vae;
  return new Option(flags, text);
}

/** `--config-folder`, of commands that open a checkpoint. */
export function configFolderOption() {
  const { flags, text } = MODEL_TEXTS.configFolder;
  return new Option(flags, text);
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
