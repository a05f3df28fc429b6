import { EngineError } from './engineError.ts';
import type { EditEvent } from './events.ts';

/** JSON's stand-in for bytes. */
interface WireBytes {
  readonly base64: string;
}

/** Bytes at once that `String.fromCharCode` takes as arguments. */
const PIECE = 0x8000;
/** Bytes of a trajectory: V8 holds no text of more than 2^29 characters, and Node 20 aborts where `btoa` makes one. */
const MOST = 380_000_000;

/** Of Node; a browser does without. */
type NodeBuffer = {
  from(memory: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string };
};

/**
 * An event as a line of JSON, its bytes in base64, for the way from a server to a page.
 * @throws EngineError for a trajectory that is too large for that
 */
export function encodeEvent(event: EditEvent): string {
  checkTrajectory(event);
  return JSON.stringify(event, (_, value: unknown) =>
    value instanceof Uint8Array ? { base64: toBase64(value) } : value,
  );
}

/** The event of {@link encodeEvent}. @param text from a server that is trusted */
export function decodeEvent(text: string): EditEvent {
  return JSON.parse(text, (_, value: unknown) =>
    isBytes(value) ? fromBase64(value.base64) : value,
  ) as EditEvent;
}

function isBytes(value: unknown): value is WireBytes {
  return typeof value === 'object' && value !== null && 'base64' in value && typeof value.base64 === 'string';
}

/** @throws EngineError */
function checkTrajectory(event: EditEvent): void {
  const bytes = event.kind === 'done' ? (event.trajectory?.length ?? 0) : 0;
  if (bytes <= MOST) return;
  const message = `the recorded trajectory has ${megabytes(bytes)}, and a page can be sent ${megabytes(MOST)}; record fewer steps or a smaller picture, or use \`lusd edit --record\`. The previews are kept`;
  throw new EngineError({ kind: 'other', message });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function toBase64(bytes: Uint8Array): string {
  // For 80 MB the loop takes seconds, in which a server would answer nobody.
  const { Buffer } = globalThis as { readonly Buffer?: NodeBuffer };
  if (Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

function fromBase64(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
