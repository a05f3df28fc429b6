import { build, type Rollup } from 'vite';
import { expect, test } from 'vitest';

const entry = new URL('../../src/index.ts', import.meta.url).pathname;

test('what a bundler makes for browsers holds nothing of Node, nor Dawn', async () => {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['es'] } },
  })) as Rollup.RollupOutput[];
  const chunks = output.flatMap((bundle) => bundle.output).filter((file) => file.type === 'chunk');
  const modules = chunks.flatMap((chunk) => chunk.moduleIds);
  expect(modules.some((id) => id.endsWith('src/browser/platform.ts'))).toBe(true);
  expect(modules.filter((id) => /\/node\/|node_modules|browser-external/.test(id))).toEqual([]);
  expect(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])).toEqual([]);
});
