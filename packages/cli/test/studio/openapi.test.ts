import { readFileSync } from 'node:fs';
import { METHOD_NAMES, METHOD_OPTIONS } from '@lusd/lusd';
import { DEFAULT_SETTINGS } from '@lusd/studio/session';
import { expect, test } from 'vitest';
import { ROUTE_NAMES } from '../../src/studio/routes.ts';

interface Schema {
  readonly $ref?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  /** Of an option, by methods. */
  readonly 'x-defaults'?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const text = readFileSync(new URL('../../src/studio/openapi.json', import.meta.url), 'utf8');
const document = JSON.parse(text) as Document;

test('the document describes every route and no other', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual([...ROUTE_NAMES].sort());
});

test('its references lead somewhere', () => {
  const references = Array.from(text.matchAll(/"#\/components\/schemas\/(\w+)"/g), ([, name]) => name ?? '');
  expect(references.length).toBeGreaterThan(0);
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
});

test('its settings and options have the names and defaults of the studio', () => {
  const { Settings, Options } = document.components.schemas;
  const defaultsOf = (schema: Schema | undefined) =>
    Object.fromEntries(
      Object.entries(schema?.properties ?? {}).map(([name, { default: value }]) => [name, value]),
    );
  const { options, ...settings } = DEFAULT_SETTINGS;
  const ofLusd = Object.entries(defaultsOf(Options)).filter(([, value]) => value !== undefined);
  expect(Object.fromEntries(ofLusd)).toEqual(options);
  const { options: _, target, ...described } = defaultsOf(Settings);
  expect(target).toBeUndefined();
  expect({ ...described, target: '' }).toEqual(settings);
});

test('its methods and their options are those of the library', () => {
  const { Settings, Options } = document.components.schemas;
  expect(Settings?.properties?.method?.enum).toEqual(METHOD_NAMES);
  const described = Object.entries(Options?.properties ?? {}).map(([name, schema]) => ({
    ...{ name, choices: schema.enum, defaults: schema['x-defaults'] },
  }));
  expect(described).toEqual(
    METHOD_OPTIONS.map(({ name, choices, defaults }) => ({ name, choices, defaults })),
  );
});
