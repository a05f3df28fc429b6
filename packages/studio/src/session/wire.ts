import type { EditEvent } from './events.ts';

/** JSON's stand-in for bytes. */
interface WireBytes {
  readonly base64: string;
}

/** Bytes at once that `String.fromCharCode` takes as arguments. */
const PIECE = 0x8000;

/** An event as a line of JSON, its bytes in base64, for the way from a server to a page. */
export function encodeEvent(event: EditEvent): string {
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

function toBase64(bytes: Uint8Array): string {
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
