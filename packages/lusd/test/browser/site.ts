import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, preview, type Rollup } from 'vite';
import type { Place, Report } from './page.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
/** The folder that has the shapes model in it, served at the site's root. */
export const WEIGHTS = fileURLToPath(new URL('../../../../weights', import.meta.url));

/** A chunk of the bundle. */
export type Chunk = Rollup.OutputChunk;

/** A site of the page and the model, built for production. */
export interface BuiltSite extends Disposable {
  readonly folder: string;
  readonly chunks: readonly Chunk[];
}

/** Builds the page, and with it all that the libraries export, used or not. */
export async function buildSite(): Promise<BuiltSite> {
  const folder = mkdtempSync(join(tmpdir(), 'lusd-site-'));
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: WEIGHTS,
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      // Preloading needs a document, which the page's script, run in a worker, lacks.
      modulePreload: false,
      rollupOptions: {
        input: { page: join(root, 'index.html'), libraries: join(root, 'libraries.ts') },
        preserveEntrySignatures: 'strict',
      },
    },
  })) as Rollup.RollupOutput;
  const chunks = output.filter((file) => file.type === 'chunk');
  return { folder, chunks, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** The model's files, by their paths on the site. */
function modelFiles(): string[] {
  const entries = readdirSync(join(WEIGHTS, 'shapes'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => relative(WEIGHTS, join(parentPath, name)));
}

/** A running site. */
export interface Site extends AsyncDisposable {
  readonly address: string;
  /** What the page has to tell of an edit, when it comes. */
  readonly reports: Readonly<Record<Place, Promise<Report>>>;
}

export async function serveSite({ folder }: BuiltSite): Promise<Site> {
  const receivers = new Map<string, (report: Report) => void>();
  const receive = (place: Place) => new Promise<Report>((resolve) => receivers.set(place, resolve));
  const reports = { page: receive('page'), worker: receive('worker') };
  const plugin: Plugin = {
    name: 'site',
    configurePreviewServer({ middlewares }) {
      middlewares.use('/files.json', (_, response) => void response.end(JSON.stringify(modelFiles())));
      middlewares.use('/report', async (request, response) => {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        response.end();
        receivers.get(request.url?.slice(1) ?? '')?.(JSON.parse(Buffer.concat(parts).toString()) as Report);
      });
    },
  };
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    build: { outDir: folder },
    preview: { port: 0 },
    plugins: [plugin],
  });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('the site has no address');
  return { address, reports, [Symbol.asyncDispose]: () => server.close() };
}
