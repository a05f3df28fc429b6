/** A picture: 8-bit RGB, interleaved, rows from the top; `data` holds width x height x 3 bytes. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One 8-bit channel, rows from the top; `data` holds width x height bytes. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** @throws RangeError if the data does not fill width x height x channels bytes. */
export function checkPixels({ width, height, data }: Image | Mask, channels: 1 | 3): void {
  if (data.length === width * height * channels) return;
  throw new RangeError(
    `An image of ${width} x ${height} with ${channels} channel(s) takes ${width * height * channels} bytes, ` +
      `not ${data.length}.`,
  );
}
