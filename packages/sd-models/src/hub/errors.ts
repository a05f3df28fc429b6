/**
 * What went wrong with the hub:
 * - `unauthorized` (401), `forbidden` (403), `notFound` (404): the hub refuses, and asking again does not help;
 * - `offline`: the file is not in the cache and offline mode is on;
 * - `network`, `server`: connections failed, or the server erred (429, 5xx), more often than the retries allow;
 * - `certificate`: the certificate of the hub, or of a proxy, is not trusted;
 * - `storage`: the cache cannot be read or written, because the disk is full, say;
 * - `integrity`: what arrived is not the file that the hub or the manifest describes;
 * - `protocol`: the server's answers are not those of a hub;
 * - `unsupported`: the repository holds no weights that can be loaded;
 * - `invalid`: a name, a setting or a manifest is malformed.
 */
export type HubErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'offline'
  | 'network'
  | 'server'
  | 'certificate'
  | 'storage'
  | 'integrity'
  | 'protocol'
  | 'unsupported'
  | 'invalid';

/** A file could not be read from the hub or its cache; the message names the repository, the file and what to do. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
