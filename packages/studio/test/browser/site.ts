import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gitBlobSha1, sha256 } from '@lusd/testing/hubServer';
import { type Connect, type Plugin, preview } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The small model. */
export const SHAPES = fileURLToPath(new URL('../../../../weights/shapes', import.meta.url));

/** The built page, served as any static host would, with a mirror of the hub at `hub/` that has the small model. */
export interface StudioSite extends AsyncDisposable {
  readonly address: string;
  /** Requests for content: the path, and the range if one was asked for. */
  readonly downloads: string[];
  /** Bytes after which the next download of a path is cut off. */
  readonly cuts: Map<string, number>;
}

/** @param api answers what is asked at `api/`, as `lusd studio` would */
export async function serveStudio(api?: Connect.NextHandleFunction): Promise<StudioSite> {
  const downloads: string[] = [];
  const cuts = new Map<string, number>();
  const plugin: Plugin = {
    name: 'hub',
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use('/hub', mirror(downloads, cuts));
      if (api) middlewares.use('/api', api);
    },
  };
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    build: { outDir: 'dist/page' },
    preview: { port: 0, host: '127.0.0.1' },
    plugins: [plugin],
  });
  const [address = ''] = server.resolvedUrls?.local ?? [];
  return { address, downloads, cuts, [Symbol.asyncDispose]: () => server.close() };
}

function shapesFiles(): Map<string, Buffer> {
  const entries = readdirSync(SHAPES, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [relative(SHAPES, path), readFileSync(path)]));
}

/** A hub with the repository `org/shapes`. */
function mirror(downloads: string[], cuts: Map<string, number>): Connect.NextHandleFunction {
  const files = shapesFiles();
  return (request, response) => {
    const url = request.url ?? '';
    if (url.startsWith('/api/models/org/shapes/')) return void response.end(JSON.stringify(listing(files)));
    const path = /^\/org\/shapes\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(url)?.[1] ?? '';
    const content = files.get(path);
    if (!content) return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    downloads.push(start > 0 ? `${path} from ${start}` : path);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start });
    const cut = cuts.get(path);
    cuts.delete(path);
    if (cut === undefined) return void response.end(content.subarray(start));
    response.write(content.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 300));
  };
}

function listing(files: ReadonlyMap<string, Buffer>): object {
  const siblings = Array.from(files, ([rfilename, content]) =>
    rfilename.endsWith('.safetensors')
      ? { rfilename, size: content.length, lfs: { sha256: sha256(content) } }
      : { rfilename, size: content.length, blobId: gitBlobSha1(content) },
  );
  return { sha: '0123456789abcdef0123456789abcdef01234567', tags: ['license:mit'], siblings };
}
