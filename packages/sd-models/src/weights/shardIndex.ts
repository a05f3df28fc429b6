import { CheckpointError } from '../checkpointError.ts';
import { isInside } from '../files/modelFiles.ts';
import { isObject, parseJson } from '../json.ts';

/** Which shard of a split checkpoint holds which tensor: tensor name to file name. */
export type WeightMap = ReadonlyMap<string, string>;

/**
 * Parses a `*.safetensors.index.json`. Files must be next to the index: an absolute path, a `..` or a
 * backslash is refused, because the index comes from the network and its names are opened.
 *
 * @param text the file's content.
 * @param path the file's path, for messages.
 * @throws CheckpointError if it is not JSON, has no `weight_map` or names a file outside its folder.
 */
export function parseShardIndex(text: string, path: string): WeightMap {
  const map = weightMapOf(parseJson(text, path));
  if (!map || map.length === 0) {
    throw new CheckpointError(
      `${path} has no 'weight_map' from tensor names to file names; download it again.`,
    );
  }
  for (const [tensor, file] of map) {
    if (isPlainFile(file)) continue;
    throw new CheckpointError(
      `${path} places '${tensor}' in ${JSON.stringify(file)}; a shard must be a .safetensors file next to the index.`,
    );
  }
  return new Map(map as [string, string][]);
}

function weightMapOf(index: unknown): [string, unknown][] | undefined {
  if (!isObject(index) || !isObject(index.weight_map)) return undefined;
  return Object.entries(index.weight_map);
}

function isPlainFile(file: unknown): boolean {
  return typeof file === 'string' && file.endsWith('.safetensors') && isInside(file);
}
