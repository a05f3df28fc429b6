import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './httpError.ts';

/** What a request must name to be answered. */
export interface Guard {
  readonly port: number;
  readonly token: string;
}

/**
 * Refuses what a web page of another origin could send: a name that was pointed at this machine (DNS rebinding), and
 * an origin that is not the studio's own.
 * @throws HttpError 403
 */
export function checkOrigin({ host, origin }: IncomingHttpHeaders, { port }: Pick<Guard, 'port'>): void {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (host === undefined || !hosts.includes(host))
    throw new HttpError(403, `the host '${host ?? ''}' is not this machine; use http://127.0.0.1:${port}`);
  if (origin !== undefined && !hosts.some((name) => origin === `http://${name}`))
    throw new HttpError(403, `pages of ${origin} may not use this server`);
}

/**
 * Refuses who does not know the token, which is in the address that the server prints: as `?token=`, or as a client
 * sends its key.
 * @throws HttpError 401
 */
export function checkToken(
  { authorization }: IncomingHttpHeaders,
  address: URL,
  { token }: Pick<Guard, 'token'>,
): void {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? address.searchParams.get('token') ?? '';
  if (isEqual(given, token)) return;
  throw new HttpError(401, 'the token is missing or is another; open the address that `lusd studio` printed');
}

/** Takes the same time wherever the texts differ. */
function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
