import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const PACKAGES = fileURLToPath(new URL('../../../packages', import.meta.url));

/** The files that each file of a package imports from, for values or types. */
function importsOf(source: string): Map<string, readonly string[]> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  const scripts = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return new Map(
    scripts.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(source, file), 'utf8'));
      const own = importedFiles.filter(({ fileName }) => fileName.startsWith('.'));
      return [file, own.map(({ fileName }) => join(dirname(file), fileName))];
    }),
  );
}

/** One circle for each import that closes one, as a chain of files. */
function findCycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    imports.get(file)?.forEach(visit);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return cycles;
}

test('circles are found', () => {
  const imports = new Map([
    ['a', ['b', 'c']],
    ['b', ['c']],
    ['c', ['d']],
    ['d', ['b', 'outside']],
  ]);
  expect(findCycles(imports)).toEqual(['b -> c -> d -> b']);
});

test.each(readdirSync(PACKAGES))(
  'no file of packages/%s imports itself by way of others, for types neither',
  (name) => {
    const imports = importsOf(join(PACKAGES, name, 'src'));
    expect([...imports.values()].flat().length).toBeGreaterThan(0);
    expect(findCycles(imports)).toEqual([]);
  },
);
