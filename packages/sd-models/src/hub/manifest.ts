import { HubError } from './errors.ts';
import { checkFilePath, checkRepository, checkRevision } from './names.ts';

/** One file of a manifest. */
export interface ManifestFile {
  /** Path in the repository, with `/`. */
  readonly path: string;
  /** Bytes; absent where nobody has published it. */
  readonly size?: number;
  /** Lower-case hex, or null where nobody has published it: then the hub's own checksum is what is verified. */
  readonly sha256: string | null;
}

/** Which files of which repository make up a set of weights, and under what licence they come. */
export interface WeightsManifest {
  readonly name: string;
  /** The hub's `organisation/name`. */
  readonly repository: string;
  /** A commit, or a branch or tag. */
  readonly revision: string;
  readonly license: { readonly name: string; readonly url: string };
  readonly files: readonly ManifestFile[];
}

/**
 * Parses a manifest of `weights/`.
 *
 * @param text the manifest's JSON.
 * @param source where it comes from, for messages.
 * @throws HubError `invalid` naming the field that is missing or malformed.
 */
export function parseManifest(text: string, source: string): WeightsManifest {
  const root = record(parseJson(text, source), source, 'the manifest');
  const license = record(root.license, source, 'license');
  const files = root.files;
  if (!Array.isArray(files) || files.length === 0)
    throw malformed(source, 'files', 'a list of at least one file');
  return {
    name: string(root.name, source, 'name'),
    repository: checkRepository(string(root.repository, source, 'repository')),
    revision: checkRevision(string(root.revision, source, 'revision')),
    license: {
      name: string(license.name, source, 'license.name'),
      url: string(license.url, source, 'license.url'),
    },
    files: files.map((file, index) => parseFile(file, source, `files[${index}]`)),
  };
}

function parseFile(value: unknown, source: string, field: string): ManifestFile {
  const { path, size, sha256 } = record(value, source, field);
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  if (size !== null && !isSize) throw malformed(source, `${field}.size`, 'a number of bytes, or null');
  const isDigest = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  if (sha256 !== null && !isDigest) {
    throw malformed(source, `${field}.sha256`, '64 lower-case hexadecimal digits, or null');
  }
  return {
    path: checkFilePath(string(path, source, `${field}.path`)),
    ...(isSize && { size }),
    sha256: isDigest ? sha256 : null,
  };
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('invalid', `${source} is not valid JSON; restore the file.`, { cause });
  }
}

function record(value: unknown, source: string, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw malformed(source, field, 'an object');
}

function string(value: unknown, source: string, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(source, field, 'a string');
}

function malformed(source: string, field: string, expected: string): HubError {
  return new HubError('invalid', `In ${source}, ${field} must be ${expected}; correct the manifest.`);
}
