import { readFileSync } from 'node:fs';
import { ALGORITHM_TEXTS, METHOD_OPTIONS, MODEL_TEXTS, PICTURE_TEXTS, PROMPT_TEXTS } from '@lusd/lusd';
import { expect, test } from 'vitest';
import { ADVICE, READINGS } from '../src/page/help/guide.ts';
import { nameOf, OPTION_GROUPS } from '../src/page/panel/optionFields.ts';

const document = readFileSync(new URL('../../../docs/studio.md', import.meta.url), 'utf8');

test('the guide in the documents is that of the page', () => {
  for (const { when, change } of [...ADVICE, ...READINGS])
    expect(document).toContain(`| ${when} | ${change} |`);
});

test('every option of an edit has its place on the page', () => {
  const shown = OPTION_GROUPS.flatMap(({ fields }) => fields.map(nameOf));
  expect(new Set(shown).size).toBe(shown.length);
  const options = [ALGORITHM_TEXTS, PROMPT_TEXTS, PICTURE_TEXTS].flatMap((texts) =>
    Object.values(texts).map(nameOf),
  );
  const ofLusd = METHOD_OPTIONS.filter(({ defaults }) => 'lusd' in defaults).map(nameOf);
  // The mask is painted or loaded on the picture.
  expect([...shown, 'mask'].sort()).toEqual([...options, ...ofLusd].sort());
  const weights = readFileSync(new URL('../src/page/panel/OpeningOptions.tsx', import.meta.url), 'utf8');
  for (const text of Object.values(MODEL_TEXTS))
    expect(weights).toMatch(new RegExp(`(?:id="option-|name=")${nameOf(text)}"`));
});

test('options that the guide names exist', () => {
  const names = OPTION_GROUPS.flatMap(({ fields }) => fields.map(nameOf));
  const named = [...ADVICE, ...READINGS].flatMap(
    ({ change }) => change.match(/\b[a-z]+(?:-[a-z]+)+\b/g) ?? [],
  );
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(names).toContain(name);
});
