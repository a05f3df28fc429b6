import type { Engine } from '../engine/engine.ts';
import { ServerEngine } from '../engine/serverEngine.ts';
import { WorkerEngine } from '../engine/workerEngine.ts';
import type { Pictures } from './pictures/pictures.ts';

/** The engine that this page has: a server's, if the address has its token, or else a worker. */
export function openEngine(pictures: Pictures): Engine {
  const token = new URL(location.href).searchParams.get('token');
  if (token !== null) return new ServerEngine(document.baseURI, token, (picture) => pictures.png(picture));
  return new WorkerEngine(new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' }));
}
