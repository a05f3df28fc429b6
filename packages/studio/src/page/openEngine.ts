import type { Engine } from '../engine/engine.ts';
import { ServerEngine } from '../engine/server/serverEngine.ts';
import { WorkerEngine } from '../engine/workerEngine.ts';
import type { Pictures } from './pictures/pictures.ts';

/** The engine that this page has: a server's, if the address has its token, or else a worker. */
export function openEngine(pictures: Pictures): Engine {
  const token = new URL(location.href).searchParams.get('token');
  if (token === null)
    return new WorkerEngine(new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' }));
  const events = new Worker(new URL('../engine/server/worker.ts', import.meta.url), { type: 'module' });
  return new ServerEngine({ base: document.baseURI, token }, events, (picture) => pictures.png(picture));
}
