import type { TensorRow } from '@lusd/testing-models/stateDictKeys';
import { diskFile } from '../../src/node/diskFolder.ts';
import type { TensorFile, WeightSource } from '../../src/weights/weightSource.ts';

/** A file of these tensors, of which nothing but the header is read. */
export function tensorFile(name: string, shapes: Readonly<Record<string, readonly number[]>>): TensorFile {
  return {
    file: diskFile(name),
    tensors: new Map(Object.entries(shapes).map(([key, shape]) => [key, { dtype: 'F16', shape }])),
    metadata: new Map(),
  };
}

/** A source as the golden file writes it. */
export function rowOf(name: string, { key, shape, view }: WeightSource): TensorRow {
  if (!view) return [name, [...shape], key, null];
  if (view.kind === 'rows') return [name, [...shape], key, [view.start, view.end]];
  return [name, [...shape], key, view.kind === 'reshape' ? 'squeeze' : 'transpose'];
}
