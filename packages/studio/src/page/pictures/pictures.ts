import type { Image } from '@lusd/sd-models';
import { WorkerCalls } from '../../calls/workerCalls.ts';
import type { BrowserPicture } from '../../engine/engine.ts';
import type { MaskWork } from '../mask/renderMask.ts';
import type { OpenedPicture } from './openedPicture.ts';
import type { PictureCalls } from './protocol.ts';

/** Pictures decoded, drawn and encoded in a worker: a photo of 12 megapixels would stop the page for a second. */
export class Pictures {
  private readonly calls: WorkerCalls<PictureCalls>;

  /** @param worker that runs `worker.ts` of this folder */
  constructor(worker: Worker) {
    this.calls = new WorkerCalls(worker);
  }

  /** @throws EngineError if the browser cannot decode the file */
  open(file: Blob): Promise<OpenedPicture> {
    return this.calls.call('open', [file]);
  }

  /** As {@link open}, for a mask: shown, it is white, and as opaque as it is white. */
  openMask(file: Blob): Promise<OpenedPicture> {
    return this.calls.call('openMask', [file]);
  }

  /** The mask as a PNG file. */
  renderMask(work: MaskWork): Promise<Blob> {
    return this.calls.call('renderMask', [work]);
  }

  /** What a file shows: upright, in sRGB, over white. @throws EngineError if the browser cannot decode it */
  pixels(file: Blob): Promise<Image> {
    return this.calls.call('pixels', [file]);
  }

  /** A picture as a PNG file. */
  png(picture: Image | BrowserPicture): Promise<Blob> {
    return this.calls.call('png', [picture]);
  }

  /** The pictures of the demo's edits, as PNG files. */
  examples(): Promise<readonly Blob[]> {
    return this.calls.call('examples', []);
  }
}
