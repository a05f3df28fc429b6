// The entries of the libraries: what each package.json's `exports` offers, with its source and its declarations.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** The folders of the packages that are published. */
export const PACKAGES = readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name));

/** `@lusd/sd-models/node` of packages/sd-models is src/node/index.ts, and dist/node.d.ts when built. */
export const ENTRIES = PACKAGES.flatMap((folder) => {
  const { name, exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.keys(exports).map((path) => {
    if (!exports[path].types) throw new Error(`${folder}/package.json: exports["${path}"] has no types.`);
    return {
      folder,
      name: [name, ...path.split('/').slice(1)].join('/'),
      source: sourceOf(folder, path),
      declarations: join(folder, exports[path].types),
    };
  });
});

function sourceOf(folder, path) {
  const sources = [join(folder, 'src', path, 'index.ts'), `${join(folder, 'src', path)}.ts`];
  const found = sources.find((source) => existsSync(source));
  if (!found)
    throw new Error(`${folder}/package.json: exports["${path}"] needs the source ${sources.join(' or ')}.`);
  return found;
}
