import { readdirSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { smallLexicon } from './build/smallLexicon.ts';
import { CONTENT_SECURITY_POLICY } from './src/contentSecurityPolicy.ts';

const WEIGHTS = fileURLToPath(new URL('../../weights/', import.meta.url));

/** Files that are static need the policy in the page itself; while developing, vite puts scripts of its own in it. */
const policy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/** The small model, at `shapes/` beside the page. */
const shapes: Plugin = {
  name: 'shapes',
  apply: 'build',
  closeBundle: () =>
    cp(`${WEIGHTS}shapes`, fileURLToPath(new URL('./dist/page/shapes/', import.meta.url)), {
      recursive: true,
    }),
};

/** The small model's files, by their paths. */
function shapesFiles(): string[] {
  const folder = `${WEIGHTS}shapes`;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/** The tagger is named: it is a third of what is loaded. */
function namedChunk({ moduleIds }: { readonly moduleIds: readonly string[] }): string {
  return moduleIds.some((id) => id.includes('node_modules/pos/'))
    ? 'assets/tagger-[hash].js'
    : 'assets/[name]-[hash].js';
}

export default defineConfig(({ command }) => ({
  // Any folder of any server will do.
  base: './',
  // While developing, the weights are served from where they are.
  publicDir: command === 'serve' ? WEIGHTS : 'public',
  plugins: [policy, shapes],
  define: { SHAPES_FILES: JSON.stringify(shapesFiles()) },
  worker: {
    format: 'es',
    plugins: () => [smallLexicon()],
    rollupOptions: { output: { chunkFileNames: namedChunk } },
  },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The polyfill is a script in the page, which the policy forbids; browsers with WebGPU preload by themselves.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
}));
