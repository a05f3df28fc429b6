import { existsSync, readFileSync } from 'node:fs';
import type { OpenOptions } from './library.ts';

/** A library as one column of the table. */
export interface Contestant {
  readonly name: string;
  /** Address of the module that opens the library (`LibraryModule`). */
  readonly module: string;
  readonly dtype: OpenOptions['dtype'];
  /** Package and version, as installed. */
  readonly version: string;
}

export const PEERS_COMMAND = 'npm ci --prefix bench/peers';
const PEERS = new URL('../peers/', import.meta.url);

const OURS = { module: new URL('./ours.ts', import.meta.url).href, version: '@lusd/tensor' };

const PEER_LIBRARIES = [
  { name: 'jax-js', file: 'jaxJs.ts', package: '@jax-js/jax' },
  { name: 'tfjs', file: 'tfjs.ts', package: '@tensorflow/tfjs-backend-webgpu' },
  { name: 'onnxruntime', file: 'onnxruntime.ts', package: 'onnxruntime-node' },
] as const;

/** Ours first, since the others' results are checked against it, then the peers that are installed. */
export function findContestants(): readonly Contestant[] {
  const ours: Contestant[] = [
    { name: 'ours', dtype: 'f32', ...OURS },
    { name: 'ours f16', dtype: 'f16', ...OURS },
  ];
  const peers = PEER_LIBRARIES.flatMap((peer): Contestant[] => {
    const manifest = new URL(`node_modules/${peer.package}/package.json`, PEERS);
    if (!existsSync(manifest)) return [];
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const module = new URL(peer.file, PEERS).href;
    return [{ name: peer.name, module, dtype: 'f32', version: `${peer.package} ${version}` }];
  });
  return [...ours, ...peers];
}

/** Whether every peer is installed. */
export function peersInstalled(contestants: readonly Contestant[]): boolean {
  return PEER_LIBRARIES.every((peer) => contestants.some(({ name }) => name === peer.name));
}
