import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = new URL('../src/', import.meta.url);

/** The names that a file imports or exports from at run time, dynamic imports included. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)(?! type )[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return Array.from(statements, ([, statically, dynamically]) => (statically ?? dynamically)!);
}

/** Every module outside the package that `entry` reaches. */
function reachedFrom(entry: string): string[] {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const visit = (url: URL): void => {
    const path = fileURLToPath(url);
    if (seen.has(path) || !path.endsWith('.ts')) return;
    seen.add(path);
    for (const name of importsOf(path)) {
      if (name.startsWith('.')) visit(new URL(name, url));
      else outside.add(name);
    }
  };
  visit(new URL(entry, SRC));
  return [...outside];
}

const nodeModules = (entry: string) => reachedFrom(entry).filter((name) => name.startsWith('node:'));

test.each(['index.ts', 'metrics/index.ts', 'shapes/index.ts'])('%s reaches nothing of Node', (entry) => {
  expect(reachedFrom(entry)).toContain('valibot');
  expect(nodeModules(entry)).toEqual([]);
});

test('what reads files is behind the door for Node', () => {
  expect(nodeModules('node/index.ts')).toEqual(expect.arrayContaining(['node:fs/promises', 'node:path']));
});
