/** An option of an edit as people meet it: its flag on the command line, and one sentence. */
export interface OptionText {
  /** As commander reads it: `--num-steps <n>`. */
  readonly flags: string;
  readonly text: string;
}

/** The options of every method, beside its own: those are in `METHOD_OPTIONS`. */
export const ALGORITHM_TEXTS = {
  targetRule: {
    flags: '--target-rule <rule>',
    text: "how the mask's words are found; parity: like the released program",
  },
  seed: { flags: '--seed <n>', text: 'seed of the random draws' },
  rng: { flags: '--rng <generator>', text: "random generator: torch's CUDA or CPU generator" },
} as const satisfies Record<string, OptionText>;

/** The options about prompts and the words that the mask looks at. */
export const PROMPT_TEXTS = {
  targetIndex: {
    flags: '--target-index <list>',
    text: "token positions for the mask, such as 4,8, or 'none'",
  },
  editWords: {
    flags: '--edit-words <words>',
    text: 'words of the target prompt for the mask; repeatable, comma-separated',
  },
  keepBrackets: {
    flags: '--keep-brackets',
    text: 'keep [ and ] in prompts; by default they mark edited words, as in PIE-Bench',
  },
  longPrompts: {
    flags: '--long-prompts',
    text: 'read prompts beyond 75 tokens too, in chunks of 75 as A1111 does',
  },
} as const satisfies Record<string, OptionText>;

/** The options about the picture, its mask and what is kept. */
export const PICTURE_TEXTS = {
  size: { flags: '--size <size>', text: "512, 768x512 or original; default: the model's own" },
  fit: { flags: '--fit <how>', text: 'crop what does not fit, or pad by repeating the edge' },
  mask: { flags: '--mask <file>', text: 'a picture of the same size: white where the picture may change' },
  composite: { flags: '--composite', text: 'restore the original pixels outside the mask' },
  record: { flags: '--record <file>', text: 'write the trajectory as .safetensors' },
  saveStep: {
    flags: '--save-step <n>',
    text: 'iterations between previews, written to .cache/ next to the result; `lusd edit` writes them only with this option',
  },
} as const satisfies Record<string, OptionText>;

/** The options about the weights. */
export const MODEL_TEXTS = {
  dtype: { flags: '--dtype <type>', text: 'dtype of weights and activations on the device' },
  vae: { flags: '--vae <folder|file>', text: "a VAE to use instead of the checkpoint's own" },
  configFolder: {
    flags: '--config-folder <folder>',
    text: "for a single file that needs it: a diffusers folder with the model's configurations and tokenizer",
  },
  variant: {
    flags: '--variant <name>',
    text: 'variant of the weight files, such as fp16; default: full precision, otherwise fp16',
  },
  predictionType: {
    flags: '--prediction-type <type>',
    text: 'what the model predicts, if the checkpoint does not specify it',
  },
} as const satisfies Record<string, OptionText>;
