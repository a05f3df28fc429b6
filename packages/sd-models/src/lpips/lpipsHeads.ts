import { TAP_CHANNELS } from './squeezeNet.ts';

/** The weights of the channels of SqueezeNet's seven maps, which ship with the package. Works in browsers. */
export async function lpipsHeads(): Promise<readonly Float32Array[]> {
  const { LPIPS_HEADS } = await import('./squeezeHeads.ts');
  const bytes = Uint8Array.from(atob(LPIPS_HEADS), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let next = 0;
  return TAP_CHANNELS.map((channels) =>
    Float32Array.from({ length: channels }, () => {
      next += Float32Array.BYTES_PER_ELEMENT;
      return view.getFloat32(next - Float32Array.BYTES_PER_ELEMENT, true);
    }),
  );
}
