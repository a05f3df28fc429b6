import { DEMO_EDITS, draw } from '@lusd/lusd/shapes';
import { answerCalls } from '../../calls/answerCalls.ts';
import type { Handlers } from '../../calls/protocol.ts';
import { imageOf, maskPngOf, plainPngOf } from '../../library/pixels.ts';
import type { Failure } from '../../session/index.ts';
import { renderMask } from '../mask/renderMask.ts';
import { openMask, openPicture } from './openPicture.ts';
import type { PictureCalls } from './protocol.ts';

const handlers: Handlers<PictureCalls> = {
  open: ([file]) => openPicture(file),
  openMask: ([file]) => openMask(file),
  renderMask: async ([work]) => maskPngOf(await renderMask(work)),
  pixels: ([file]) => imageOf(file),
  png: async ([picture]) => plainPngOf('data' in picture ? picture : await imageOf(picture)),
  examples: () => Promise.all(DEMO_EDITS.map(({ picture }) => plainPngOf(draw(picture)))),
};

/** The engine's kinds of failure need the engine, which would be loaded twice. */
function failureOf(error: unknown): Failure {
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}

/** What is shown of a picture, and its pixels. */
function transferOf(result: unknown): Transferable[] {
  if (typeof result !== 'object' || result === null) return [];
  if ('shown' in result && result.shown instanceof ImageBitmap) return [result.shown];
  return 'data' in result && result.data instanceof Uint8Array ? [result.data.buffer] : [];
}

answerCalls(handlers, { failureOf, transferOf });
