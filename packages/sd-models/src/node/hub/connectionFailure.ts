import { HubError } from '../../hub/errors.ts';
import type { HttpProxy } from './proxy.ts';
import { TransientFailure } from './retry.ts';

/** Node's codes for certificate errors (its `tls` documentation, "X509 certificate error codes"). */
const UNTRUSTED = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);
const OUT_OF_DATE = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
]);
const OTHER_HOST = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);

/** TLS error codes for an answer in plain HTTP. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
]);

export const PROXY_AUTHENTICATION = 407;

/** Variables by which other programs are told of an authority. */
const OTHER_CA_VARIABLES = ['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE'];

/** A request, for messages. */
export interface SentRequest {
  /** What was requested. */
  readonly what: string;
  readonly url: URL;
  readonly proxy: HttpProxy | undefined;
}

/**
 * The error for a request that got no answer: one that may pass, or a final one if retrying would not help,
 * such as an untrusted certificate or a refusal by the proxy.
 */
export function connectionFailure(request: SentRequest, cause: unknown): TransientFailure | HubError {
  const { what, url, proxy } = request;
  const codes = codesOf(cause);
  const certificate = codes.map((code) => certificateProblem(code, proxy)).find((text) => text !== undefined);
  const through = throughProxy(proxy);
  if (certificate !== undefined)
    return new HubError('certificate', `${what}: the certificate of ${url.host}${through} ${certificate}.`, {
      cause,
    });
  if (codes.some((code) => NO_TLS.has(code))) return noTls(request, cause);
  const status = proxy && proxyStatus(cause);
  if (proxy && status !== undefined && status < 500) return proxyRefusal(request, proxy, status);
  const reason = status === undefined ? (codes[0] ?? messageOf(cause)) : `the proxy answered ${status}`;
  const remedy = proxy
    ? `check the network, HF_ENDPOINT and ${proxy.variable} (NO_PROXY names hosts that need no proxy)`
    : 'check the network and HF_ENDPOINT, or set HTTPS_PROXY if a proxy is needed';
  const message = `${what}: the connection to ${url.host}${through} failed (${reason}); ${remedy}, and run it again to resume.`;
  return new TransientFailure(new HubError('network', message, { cause }));
}

/** Which way a request went, to be put behind its host. */
export function throughProxy(proxy: HttpProxy | undefined): string {
  return proxy ? ` through the proxy of ${proxy.variable} (${proxy.host})` : '';
}

/** What is wrong with a certificate, and what to do; undefined if the code tells of something else. */
function certificateProblem(code: string, proxy: HttpProxy | undefined): string | undefined {
  if (UNTRUSTED.has(code)) return `is not trusted (${code}); ${trustRemedy(process.env)}`;
  if (OUT_OF_DATE.has(code))
    return `is not valid at this time (${code}); check this machine's clock, and that the certificates in NODE_EXTRA_CA_CERTS have not expired`;
  const variables = proxy ? `HF_ENDPOINT and ${proxy.variable}` : 'HF_ENDPOINT';
  return OTHER_HOST.has(code) ? `is that of another host (${code}); check ${variables}` : undefined;
}

function trustRemedy(environment: NodeJS.ProcessEnv): string {
  const own = environment.NODE_EXTRA_CA_CERTS;
  if (own) return `add the authority that signed it to ${own}, the file of NODE_EXTRA_CA_CERTS`;
  const other = OTHER_CA_VARIABLES.find((name) => environment[name]);
  const file =
    other === undefined ? 'the PEM file' : `${environment[other]}, as in ${other}, or to the PEM file`;
  return `set NODE_EXTRA_CA_CERTS to ${file} of the authority that signed it, such as your company's`;
}

function noTls({ what, url, proxy }: SentRequest, cause: unknown): HubError {
  const [host, variable] = proxy?.uri.startsWith('https:')
    ? [proxy.host, proxy.variable]
    : [url.host, 'HF_ENDPOINT'];
  return new HubError(
    'network',
    `${what}: ${host} does not use TLS, which https requires; write http:// in ${variable}.`,
    { cause },
  );
}

/** The error for a proxy that wants credentials, or others, or does not let the request through. */
export function proxyRefusal({ what, url }: SentRequest, proxy: HttpProxy, status: number): HubError {
  const { variable, host, authorization } = proxy;
  if (status !== PROXY_AUTHENTICATION)
    return new HubError(
      'network',
      `${what}: the proxy of ${variable} (${host}) refuses to connect to ${url.host} (${status}); ask its administrator, or add the host to NO_PROXY if it needs no proxy.`,
    );
  const problem = authorization
    ? `rejects the user and password in ${variable} (407); correct them`
    : `requires a user and a password (407); set ${variable} to http://user:password@${host}`;
  return new HubError('network', `${what}: the proxy of ${variable} (${host}) ${problem}.`);
}

/** The status that a proxy answered with in place of a connection; `undici` says it in its message alone. */
function proxyStatus(cause: unknown): number | undefined {
  for (const { message } of chain(cause)) {
    const status = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(message)?.[1];
    if (status !== undefined) return Number(status);
  }
  return undefined;
}

function codesOf(cause: unknown): string[] {
  return chain(cause).flatMap((error) =>
    'code' in error && typeof error.code === 'string' ? [error.code] : [],
  );
}

function messageOf(cause: unknown): string {
  return chain(cause).at(-1)?.message ?? String(cause);
}

/** An error with those that caused it. */
function chain(cause: unknown): Error[] {
  const errors: Error[] = [];
  for (let error = cause; error instanceof Error; error = error.cause) errors.push(error);
  return errors;
}
