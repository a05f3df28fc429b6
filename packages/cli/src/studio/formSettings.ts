import { METHOD_NAMES, METHOD_OPTIONS, METHODS } from '@lusd/lusd';
import { optionOf, parseSettings, type StudioSettings, usesNegative, usesWords } from '@lusd/studio/session';
import { describeError } from '../ui/errors.ts';
import { HttpError } from './httpError.ts';

/** What OpenAI's clients send that has no meaning here. */
const IGNORED = [
  ...['model', 'user', 'quality', 'background', 'input_fidelity', 'output_compression', 'moderation'],
];
/** What is no setting of an edit. */
const OWN = ['n', 'response_format', 'output_format', 'stream', 'partial_images'];
const NAMES: Readonly<Record<string, string>> = {
  prompt: 'target',
  source_prompt: 'source',
  negative_prompt: 'negative',
};
const SETTINGS = [
  ...['method', 'source', 'target', 'negative', 'targetIndex', 'editWords', 'targetRule', 'keepBrackets'],
  ...['longPrompts', 'seed', 'rng', 'size', 'fit', 'composite', 'saveStep'],
];
const TEXTS = ['method', 'source', 'target', 'negative', 'targetRule', 'rng', 'fit'];

/** A field of a form that is no file; null if there is none. */
export function textOf(form: FormData, field: string): string | null {
  const value = form.get(field);
  return typeof value === 'string' ? value : null;
}

/**
 * The fields of a form as settings.
 * @throws HttpError 400 for one that is unknown, that cannot be used, or that the method would not look at
 */
export function settingsOf(form: FormData): StudioSettings {
  if (textOf(form, 'prompt') === null)
    throw new HttpError(400, 'the form has no prompt; say in it what the picture should show', 'prompt');
  const settings: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [field, value] of form) {
    if (typeof value !== 'string' || IGNORED.includes(field) || OWN.includes(field)) continue;
    const name = NAMES[field] ?? camel(field);
    if (SETTINGS.includes(name)) settings[name] = valueIn(name, value);
    else options[name] = optionIn(name, value, field);
  }
  const parsed = parsedSettings({ ...settings, options });
  requireUse(parsed, form);
  return parsed;
}

function parsedSettings(input: object): StudioSettings {
  try {
    return parseSettings(input);
  } catch (error) {
    throw new HttpError(400, describeError(error));
  }
}

/** @throws HttpError 400 for a field that the method would not look at */
function requireUse(settings: StudioSettings, form: FormData): void {
  const { method } = settings;
  const users = METHOD_NAMES.filter((name) => METHODS[name].usesNegative);
  if (form.has('negative_prompt') && !usesNegative(settings))
    throw new HttpError(
      400,
      `negative_prompt is not an option of ${method}, but of ${users.join(', ')}; omit it, or choose another method`,
      'negative_prompt',
    );
  const field = ['target_index', 'edit_words'].find((name) => form.has(name));
  if (field === undefined || usesWords(settings)) return;
  const when = 'maskAttention' in METHODS[method].defaults ? 'with mask_attention only' : 'never';
  throw new HttpError(400, `${field} chooses the words of a mask, which ${method} has ${when}`, field);
}

function camel(field: string): string {
  return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An option of a method; one that no method has is left to the check of the settings. */
function optionIn(name: string, text: string, field: string): unknown {
  const option = METHOD_OPTIONS.find((option) => option.name === name);
  if (!option) return text;
  const value = optionOf(text, option);
  if (value !== null) return value;
  throw new HttpError(
    400,
    `${field} cannot be '${text}'; write its value as on the command line, true or false for a switch`,
    field,
  );
}

function valueIn(name: string, text: string): unknown {
  if (TEXTS.includes(name)) return text;
  if (name === 'size') return sizeOf(text);
  if (name === 'targetIndex') return text === 'none' ? [] : text.split(',').map(Number);
  if (name === 'editWords') return text.split(',').map((word) => word.trim());
  return text === 'true' ? true : text === 'false' ? false : Number(text);
}

function sizeOf(text: string): unknown {
  if (text === 'auto') return null;
  const [, width, height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (width === undefined) return text;
  return height === undefined || height === width ? Number(width) : [Number(width), Number(height)];
}
