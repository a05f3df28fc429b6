import { open } from 'node:fs/promises';
import { HubError } from '../../hub/errors.ts';
import { describeFile, type HubFile } from '../../hub/hubFile.ts';
import { fileSize } from './cache.ts';
import { etagOf, type FileMetadata } from './metadata.ts';
import type { PartialFile } from './partialFile.ts';
import { type Connection, type HubAnswer, requestFile } from './request.ts';
import { TransientFailure } from './retry.ts';

/** Called with the number of bytes that the partial file now holds. */
export type OnReceived = (bytes: number) => void;

/**
 * Downloads the missing rest of a partial file. On return the file has the length that the hub stated; its
 * checksum is yet to be verified.
 *
 * @throws TransientFailure if the connection is cut, the content ends early or the file changed on the hub; if
 *   the received bytes cannot be used, the partial file is deleted first.
 */
export async function fetchContent(
  file: HubFile,
  metadata: FileMetadata,
  partial: PartialFile,
  connection: Connection,
  onReceived: OnReceived,
): Promise<void> {
  const present = await presentBytes(partial, metadata.size);
  onReceived(present);
  if (present > 0 && present === metadata.size) return;
  const answer = await requestFile('GET', file, connection, { from: present, commit: metadata.commit });
  const problem = mismatch(answer, metadata, present);
  if (problem) {
    await answer.cancel();
    await partial.discard();
    throw transient(file, problem);
  }
  const received = await append(partial.path, answer.status === 206 ? present : 0, answer, onReceived);
  if (metadata.size === undefined || received === metadata.size) return;
  if (received > metadata.size) await partial.discard();
  throw transient(file, `${received} of ${metadata.size} bytes arrived`);
}

async function presentBytes(partial: PartialFile, size: number | undefined): Promise<number> {
  const present = (await fileSize(partial.path)) ?? 0;
  if (size === undefined || present <= size) return present;
  await partial.discard();
  return 0;
}

/** Why the answer does not continue the partial file, if it does not. A 200 is the whole file, from its beginning. */
function mismatch(answer: HubAnswer, metadata: FileMetadata, present: number): string | undefined {
  if (answer.status === 416) return `the server has no content after byte ${present}`;
  const etag = etagOf(answer.hub);
  if (etag !== undefined && etag !== metadata.etag)
    return 'the file changed on the hub while it was downloaded';
  if (answer.status !== 206) return undefined;
  const range = answer.headers.get('content-range') ?? '';
  return range.startsWith(`bytes ${present}-`) ? undefined : `the server answered with the range '${range}'`;
}

async function append(
  path: string,
  from: number,
  answer: HubAnswer,
  onReceived: OnReceived,
): Promise<number> {
  const output = await open(path, from > 0 ? 'a' : 'w').catch(async (error: unknown) => {
    await answer.cancel();
    throw error;
  });
  let received = from;
  try {
    for await (const chunk of answer.chunks()) {
      await output.writeFile(chunk);
      received += chunk.byteLength;
      onReceived(received);
    }
    await output.sync();
  } finally {
    await output.close();
  }
  return received;
}

function transient(file: HubFile, problem: string): TransientFailure {
  return new TransientFailure(
    new HubError(
      'network',
      `${describeFile(file)}: ${problem}; run it again to resume, and check the network.`,
    ),
  );
}
