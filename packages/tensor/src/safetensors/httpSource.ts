import type { ByteSource } from './byteSource.ts';
import { guard, SafetensorsError } from './error.ts';

/** An answer's place within the whole file. */
interface ContentRange {
  /** First and last byte; null if the file ends before the bytes asked for. */
  readonly bytes: readonly [first: number, last: number] | null;
  readonly total: number;
}

/** What must not change while a file is read. */
interface Version {
  readonly total: number;
  readonly etag: string | null;
}

const NO_RANGES = 'so its server does not support ranges; download the file first, or use another server';

/**
 * A file read over HTTP by ranges (RFC 9110, section 14): a tensor costs one request, and nothing else is transferred.
 *
 * @throws SafetensorsError if the file cannot be fetched or its server does not support ranges
 */
export async function openHttp(url: string): Promise<ByteSource> {
  // For the file's length, which the answer to HEAD need not give. Two bytes: sirv, which serves Vite's pages, takes a
  // last byte of 0 for none.
  const { version } = await guard(url, 'fetch the file', () => fetchRange(url, 0, 2));
  return {
    name: url,
    size: version.total,
    read: async (offset, length) => {
      if (length === 0) return new Uint8Array(0);
      const answer = await guard(url, 'fetch the file', () => fetchRange(url, offset, length));
      if (answer.version.total !== version.total || answer.version.etag !== version.etag)
        throw new SafetensorsError(url, 'changed while it was read; open it again');
      if (answer.bytes.length !== length) {
        const got = `${answer.bytes.length} of ${length} bytes from ${offset}`;
        throw new SafetensorsError(url, `its server sent ${got}; try again`);
      }
      return answer.bytes;
    },
    close: async () => {},
  };
}

async function fetchRange(
  url: string,
  offset: number,
  length: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; version: Version }> {
  // Bytes of a compressed answer would be others than the file's.
  const headers = { Range: `bytes=${offset}-${offset + length - 1}`, 'Accept-Encoding': 'identity' };
  const response = await fetch(url, { headers });
  try {
    const { bytes: place, total } = contentRange(url, response);
    const version = { total, etag: response.headers.get('ETag') };
    if (place === null) return { bytes: new Uint8Array(0), version };
    if (place[0] !== offset || place[1] >= offset + length) {
      throw new SafetensorsError(
        url,
        `its server sent bytes ${place.join('-')} where ${offset}-${offset + length - 1} were asked for`,
      );
    }
    return { bytes: new Uint8Array(await response.arrayBuffer()), version };
  } finally {
    // A server without ranges sends the whole file.
    if (!response.bodyUsed) await response.body?.cancel();
  }
}

function contentRange(url: string, response: Response): ContentRange {
  const { status } = response;
  const header = response.headers.get('Content-Range');
  const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/i.exec(header ?? '') ?? [];
  if (status === 416 && total !== undefined) return { bytes: null, total: Number(total) };
  if (status === 200) throw new SafetensorsError(url, `answers a request for a range with 200, ${NO_RANGES}`);
  if (status !== 206)
    throw new SafetensorsError(url, `answers with HTTP status ${status}; check the address`);
  if (header === null) {
    throw new SafetensorsError(
      url,
      'its answer shows no Content-Range; a server of another origin must name it in Access-Control-Expose-Headers',
    );
  }
  if (first === undefined || last === undefined || total === undefined)
    throw new SafetensorsError(url, `its answer's Content-Range '${header}' gives no length, ${NO_RANGES}`);
  return { bytes: [Number(first), Number(last)], total: Number(total) };
}
