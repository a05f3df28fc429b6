import { readFileSync } from 'node:fs';
import {
  ALGORITHM_TEXTS,
  METHOD_NAMES,
  METHOD_OPTIONS,
  type MethodName,
  MODEL_TEXTS,
  PICTURE_TEXTS,
  PROMPT_TEXTS,
} from '@lusd/lusd';
import { expect, test } from 'vitest';
import { ADVICE, READINGS } from '../src/page/help/guide.ts';
import { withDefaultOptions } from '../src/page/panel/methodFields.ts';
import { nameOf, type OptionField } from '../src/page/panel/optionField.ts';
import { optionGroups } from '../src/page/panel/optionFields.ts';
import { DEFAULT_SETTINGS, parseSettings, type StudioSettings, usesWords } from '../src/session/index.ts';

const document = readFileSync(new URL('../../../docs/studio.md', import.meta.url), 'utf8');

test('the guide in the documents is that of the page', () => {
  for (const { when, change } of [...ADVICE, ...READINGS])
    expect(document).toContain(`| ${when} | ${change} |`);
});

/** The fields of a method with its defaults. */
function fieldsOf(method: MethodName) {
  const settings = withDefaultOptions({ ...DEFAULT_SETTINGS, method });
  return { settings, fields: optionGroups(settings).flatMap(({ fields }) => fields) };
}

test.each(METHOD_NAMES)('every option of an edit by %s has its place on the page', (method) => {
  const { settings, fields } = fieldsOf(method);
  const shown = fields.map(nameOf);
  expect(new Set(shown).size).toBe(shown.length);
  const ofWords = ['edit-words', 'target-index', 'target-rule'];
  const options = [ALGORITHM_TEXTS, PROMPT_TEXTS, PICTURE_TEXTS]
    .flatMap((texts) => Object.values(texts).map(nameOf))
    .filter((name) => usesWords(settings) || !ofWords.includes(name));
  const ofMethod = METHOD_OPTIONS.filter(({ defaults }) => method in defaults).map(nameOf);
  // The mask is painted or loaded on the picture.
  expect([...shown, 'mask'].sort()).toEqual([...options, ...ofMethod].sort());
});

test('every option of the weights has its place on the page', () => {
  const weights = readFileSync(new URL('../src/page/panel/OpeningOptions.tsx', import.meta.url), 'utf8');
  for (const text of Object.values(MODEL_TEXTS))
    expect(weights).toMatch(new RegExp(`(?:id="option-|name=")${nameOf(text)}"`));
});

test.each(METHOD_NAMES)('what is shown of an option of %s can be given back', (method) => {
  const { settings, fields } = fieldsOf(method);
  const asParsed = parseSettings(JSON.parse(JSON.stringify(settings)));
  for (const field of fields) {
    const again = JSON.stringify({ ...settings, ...setAgain(field, settings) });
    expect(parseSettings(JSON.parse(again))).toEqual(asParsed);
  }
});

/** Sets an option to what it is shown as. */
function setAgain(field: OptionField, settings: StudioSettings) {
  // Written out for each kind, whose types differ.
  if (field.kind === 'number') return field.set(field.get(settings), settings);
  if (field.kind === 'flag') return field.set(field.get(settings), settings);
  return field.set(field.get(settings), settings);
}

test('words, factors, switches and numbers are read as the command line reads them', () => {
  const change = (method: MethodName, name: string, value: string | boolean | number | null) => {
    const { settings, fields } = fieldsOf(method);
    const field = fields.find((field) => nameOf(field) === name);
    if (field?.kind === 'flag') return field.set(value === true, settings)?.options?.[field.option ?? ''];
    if (field?.kind === 'number')
      return field.set(typeof value === 'number' ? value : null, settings)?.options?.[field.option ?? ''];
    return field?.set(String(value), settings)?.options?.[field.option ?? ''];
  };
  expect(change('p2p', 'blend-source-words', 'cup, the table')).toEqual(['cup', 'the table']);
  expect(change('p2p', 'reweight', 'cup=2, a=b=-0.5')).toEqual({ cup: 2, 'a=b': -0.5 });
  expect(change('p2p', 'reweight', 'cup')).toBeUndefined();
  expect(change('ssd', 'no-free-u', true)).toBe(false);
  expect(change('dds', 'mask-attention', true)).toBe(true);
  expect(change('csd', 'uncond-scale-end', null)).toBeUndefined();
});

test('options that the guide names exist', () => {
  const names = fieldsOf('lusd').fields.map(nameOf);
  const named = [...ADVICE, ...READINGS].flatMap(
    ({ change }) => change.match(/\b[a-z]+(?:-[a-z]+)+\b/g) ?? [],
  );
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(names).toContain(name);
});
